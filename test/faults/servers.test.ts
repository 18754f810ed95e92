import { servers } from '../../faults/rows/servers.js';
import { shortForm } from './short-form.js';

shortForm(servers);
