/** Build options that all bundles of the command share. */
import type { BuildOptions } from 'esbuild';

/** Defines `require` for CommonJS packages in the bundle, which load Node's modules with it. */
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

/** Packages that few commands load, and only when needed. They are not bundled. */
export const LOADED_LATE = [
  'ink',
  'react',
  'redis',
  'fast-glob',
  'fs-extra',
  'write-file-atomic',
  'cli-progress',
];
