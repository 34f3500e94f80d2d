/** One executable with Node and the bundle, which unpacks no files. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';
import type { Target } from './architecture.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const bundle = `${project}/bundle/regsweep.mjs`;

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

/** @returns its path; the bundle is there already */
export async function writeExecutable({ node, arch }: Target, chosen?: string): Promise<string> {
  const outfile = chosen ?? `${project}/bundle/regsweep-linux-${arch}`;
  copyFileSync(node, outfile);
  chmodSync(outfile, 0o755);
  await inject(outfile, RESOURCE, makeBlob(), { sentinelFuse: FUSE });
  return outfile;
}

/** The same for every architecture, as it holds neither a snapshot nor compiled code. */
function makeBlob(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-executable-'));
  try {
    const [main, config, output] = ['main.cjs', 'config.json', 'blob'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writeFileSync(main, MAIN);
    const portable = { useSnapshot: false, useCodeCache: false };
    const settings = { main, output, disableExperimentalSEAWarning: true, ...portable };
    writeFileSync(config, JSON.stringify({ ...settings, assets: { bundle } }));
    execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'pipe' });
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
