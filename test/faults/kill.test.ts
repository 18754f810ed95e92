import { kill } from '../../faults/rows/kill.js';
import { shortForm } from './short-form.js';

shortForm(kill);
