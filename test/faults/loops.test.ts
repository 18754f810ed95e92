import { loops } from '../../faults/rows/loops.js';
import { shortForm } from './short-form.js';

// Who stops a loop is the gateway: one kind of server is enough here.
shortForm({ ...loops, servers: ['prosody'] });
