import { disk } from '../../faults/rows/disk.js';
import { shortForm } from './short-form.js';

shortForm(disk);
