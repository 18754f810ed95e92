/** Loaded before the gateway (`--import`) when it is profiled: its threads, which start without Node's options, are profiled too. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

const threads = createRequire(import.meta.url)('node:worker_threads');
const { Worker } = threads;

threads.Worker = class extends Worker {
  constructor(file, options) {
    super(file, { ...options, execArgv: process.execArgv.filter((argument) => argument.startsWith('--cpu-prof')) });
  }
};
syncBuiltinESMExports();
