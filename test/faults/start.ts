/** dist/start of a product whose dist was changed, as packaging/start.ts makes it of the sources. */
import fs from 'node:fs';
import { build } from 'esbuild';
import { LOADED_LATE, REQUIRE } from '../../packaging/bundling.js';
import { PARTS } from '../../src/runtime/threads.js';

export async function bundleStart(product: string): Promise<void> {
  const outdir = `${product}/dist/start`;
  const parts = Object.values(PARTS).map((part) => [part, `${product}/dist/${part}.js`]);
  fs.rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: { 'cli/main': `${product}/dist/cli/main.js`, ...Object.fromEntries(parts) },
    outdir,
    bundle: true,
    splitting: true,
    // One folder deep, as `runtime/threads.ts` is, which starts the parts by their relative paths.
    chunkNames: 'chunks/[name]-[hash]',
    external: LOADED_LATE,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
    banner: { js: REQUIRE },
  });
}
