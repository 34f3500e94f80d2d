/** What all bundles of the command have in common. */
import type { BuildOptions } from 'esbuild';

/** Packages in a bundle that are CommonJS ask `require` for Node's own. */
export const REQUIRE = [
  "import { createRequire as regsweepRequire } from 'node:module';",
  'const require = regsweepRequire(import.meta.url);',
].join('\n');

export const COMMON: BuildOptions = {
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
};

/** Loaded by few commands, and only when they are needed; they stay packages of their own. */
export const LOADED_LATE = [
  'ink',
  'react',
  'redis',
  'fast-glob',
  'fs-extra',
  'write-file-atomic',
  'cli-progress',
];
