/** The log every part is given; `child({ message: id })` makes a message's id follow it through. */
import type { Logger } from 'pino';

export type Log = Logger;
