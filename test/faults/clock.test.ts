import { clock } from '../../faults/rows/clock.js';
import { shortForm } from './short-form.js';

shortForm(clock);
