import { corruption } from '../../faults/rows/corruption.js';
import { shortForm } from './short-form.js';

shortForm(corruption);
