/**
 * Writes bundle/regsweep-linux-<arch>, one executable with Node and the bundle, which unpacks no
 * files: `npm run executable`, after `npm run bundle`. It is a copy of the Node that runs this
 * script, so each architecture needs a machine of its own.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';

const project = fileURLToPath(new URL('..', import.meta.url));
const bundle = `${project}/bundle/regsweep.mjs`;
const outfile = process.argv[2] ?? `${project}/bundle/regsweep-linux-${process.arch}`;

/** The names by which Node finds the injected blob. */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** The main script of an executable must be CommonJS. Threads import the same `data:` URL. */
const MAIN = `
const { getAsset } = require('node:sea');
const bundle = 'data:text/javascript;base64,' + Buffer.from(getAsset('bundle')).toString('base64');
import(bundle).catch((error) => {
  process.stderr.write('regsweep: ' + String(error.stack ?? error).replaceAll(bundle, 'bundle') + '\\n');
  process.exitCode = 1;
});
`;

const folder = mkdtempSync(join(tmpdir(), 'regsweep-executable-'));
try {
  const [main, config, output] = ['main.cjs', 'config.json', 'blob'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(main, MAIN);
  const settings = { main, output, disableExperimentalSEAWarning: true, assets: { bundle } };
  writeFileSync(config, JSON.stringify(settings));
  execFileSync(process.execPath, ['--experimental-sea-config', config]);
  copyFileSync(process.execPath, outfile);
  chmodSync(outfile, 0o755);
  await inject(outfile, RESOURCE, readFileSync(output), { sentinelFuse: FUSE });
} finally {
  rmSync(folder, { recursive: true });
}
