/**
 * Writes dist/start: the command line and its threads, each with what it needs in few files, so
 * that starting doesn't take longer than reading a small registry. `npm run build` does it.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { PARTS } from '../src/runtime/threads.js';
import { COMMON, LOADED_LATE, REQUIRE } from './bundling.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${project}/dist/start`;
const parts = Object.values(PARTS).map((part) => [part, `${project}/src/${part}.ts`]);

rmSync(outdir, { recursive: true, force: true });
await build({
  ...COMMON,
  entryPoints: { 'cli/main': `${project}/src/cli/main.ts`, ...Object.fromEntries(parts) },
  outdir,
  splitting: true,
  // One folder deep, as `runtime/threads.ts` is, which starts the parts by their relative paths.
  chunkNames: 'chunks/[name]-[hash]',
  external: LOADED_LATE,
  banner: { js: REQUIRE },
});
