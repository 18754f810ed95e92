/** Every row of the fault runs, in the order of the table. */
import type { Row } from './row.js';
import { clock } from './rows/clock.js';
import { corruption } from './rows/corruption.js';
import { disk } from './rows/disk.js';
import { floods } from './rows/floods.js';
import { fsync } from './rows/fsync.js';
import { homecoming } from './rows/homecoming.js';
import { kill } from './rows/kill.js';
import { mutated } from './rows/mutated.js';
import { loops } from './rows/loops.js';
import { servers } from './rows/servers.js';
import { sink } from './rows/sink.js';

export const ROWS: readonly Row[] = [
  kill,
  fsync,
  servers,
  sink,
  disk,
  corruption,
  clock,
  floods,
  mutated,
  loops,
  homecoming,
];
