import { homecoming } from '../../faults/rows/homecoming.js';
import { shortForm } from './short-form.js';

shortForm(homecoming);
