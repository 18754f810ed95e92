// Starts the process that draws from TypeScript: it does not get the loader that ours runs with. Never part of the build.
import { register } from 'tsx/esm/api';

register();
await import('./drawing-process.ts');
