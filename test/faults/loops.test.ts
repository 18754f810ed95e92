import { loops } from '../../faults/rows/loops.js';
import { shortForm } from './short-form.js';

shortForm(loops);
