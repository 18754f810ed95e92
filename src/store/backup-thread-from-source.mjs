// Starts the backup's thread from TypeScript: a worker thread does not get the loader that its process runs with.
// Never part of the build.
import { register } from 'tsx/esm/api';

register();
await import('./backup-thread.ts');
