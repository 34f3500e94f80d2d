/** Writes bundle/regsweep.mjs, one file that needs only Node: `npm run bundle`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Bundled } from '../src/runtime/bundled.js';
import { readVersion } from '../src/runtime/version.js';
import { COMMON, REQUIRE } from './bundling.js';
import { licencesOf } from './licences.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const outfile = process.argv[2] ?? `${project}/bundle/regsweep.mjs`;
const asset = (name: string): string =>
  readFileSync(`${project}/dist/report/html/assets/${name}`, 'utf8');

const carried: Bundled = {
  version: readVersion(),
  page: { script: asset('page.js'), style: asset('page.css') },
};

/** The executable runs the bundle from a `data:` URL, which can't be the base of file paths. */
const SELF = [
  'const regsweepSelf = import.meta.url;',
  "const regsweepUrl = regsweepSelf.startsWith('data:') ? `file://${process.execPath}` : regsweepSelf;",
].join('\n');

const BANNER = ['#!/usr/bin/env node', SELF, REQUIRE.replace('import.meta.url', 'regsweepUrl')].join('\n');

const { metafile } = await build({
  ...COMMON,
  entryPoints: [`${project}/packaging/bundle-entry.ts`],
  outfile,
  // Only ink imports it, and only for debugging.
  alias: { 'react-devtools-core': `${project}/packaging/no-devtools.ts` },
  define: {
    ...COMMON.define,
    REGSWEEP_BUNDLED: JSON.stringify(carried),
    REGSWEEP_SELF: 'regsweepSelf',
    'import.meta.url': 'regsweepUrl',
    // write-file-atomic derives the names of its temporary files from this CommonJS variable.
    __filename: 'regsweepUrl',
  },
  banner: { js: BANNER },
  legalComments: 'none',
  metafile: true,
  absWorkingDir: project,
});
writeFileSync(`${outfile}.LEGAL.txt`, licencesOf(metafile, project));
