import { mutated } from '../../faults/rows/mutated.js';
import { shortForm } from './short-form.js';

shortForm(mutated);
