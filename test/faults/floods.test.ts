import { floods } from '../../faults/rows/floods.js';
import { shortForm } from './short-form.js';

shortForm(floods);
