/** Makes what browsers load, `dist/web/widget`, from src/web/widget: small, each script a file of its own. Types are tsc's matter. */
import { URL, fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

await build({
  absWorkingDir: ROOT,
  entryPoints: ['live', 'widget', 'page', 'embed'].map((name) => `src/web/widget/${name}.ts`),
  outdir: 'dist/web/widget',
  bundle: true,
  // Pages load these by themselves, and two of them would be two streams.
  external: ['./live.js', './widget.js'],
  format: 'esm',
  target: 'es2022',
  minify: true,
});
