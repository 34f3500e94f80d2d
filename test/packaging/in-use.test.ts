/** The script that lists what runs, with clients that answer as the real ones do. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { keepListOf } from '../../src/app/select/keep-list.js';

const SCRIPT = fileURLToPath(new URL('../../packaging/in-use.sh', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'regsweep-in-use-'));
afterAll(() => rmSync(folder, { recursive: true }));
const A = `sha256:${'a'.repeat(64)}`;
const C = `sha256:${'c'.repeat(64)}`;

function client(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

const inUse = (...args: string[]) =>
  spawnSync('sh', [SCRIPT, ...args], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin` },
  });

const PODS = JSON.stringify(
  {
    items: [
      { spec: { containers: [{ image: 'reg:5000/web:1.2', imagePullPolicy: 'Always' }] } },
      {
        status: {
          containerStatuses: [
            { image: 'reg:5000/web:1.2', imageID: `docker-pullable://reg/web@${A}` },
          ],
        },
      },
    ],
  },
  null,
  4,
);

describe('packaging/in-use.sh', () => {
  it('lists what Kubernetes, Docker and Podman run, as --keep-digests takes it', () => {
    writeFileSync(join(folder, 'pods.json'), PODS);
    client('kubectl', `cat ${folder}/pods.json`);
    client(
      'docker',
      `case "$*" in "ps -aq --no-trunc") echo 0123; echo 4567 ;; inspect*) echo "reg:5000/db:3 ${A}" ;;
       *) echo "reg:5000/db@${A}" ;; esac`,
    );
    client(
      'podman',
      `case "$1" in ps) echo "localhost/x:1 ${'b'.repeat(64)}" ;; image) echo "reg/x@${C}" ;; esac`,
    );
    const file = join(folder, 'running');
    const { status, stderr } = inUse('-o', file, 'kubernetes', 'docker', 'podman');
    expect([status, stderr]).toEqual([0, '']);
    expect(keepListOf({ keepDigests: file, root: folder })).toEqual({
      keepDigests: [A, `sha256:${'b'.repeat(64)}`, C],
      keepNames: ['localhost/x:1', 'reg:5000/db:3', 'reg:5000/web:1.2'],
    });
  });

  it.each([
    [
      'a client that fails',
      'kubectl',
      `cat ${folder}/pods.json; exit 1`,
      'the list could not be made',
    ],
    ['a cluster without anything', 'kubectl', 'echo "{}"', 'no images in use were found'],
  ])('%s leaves the list as it was', (_, name, script, message) => {
    client(name, script);
    const file = join(folder, 'before');
    writeFileSync(file, 'old\n');
    const { status, stderr } = inUse('-o', file, 'kubernetes');
    expect([status, readFileSync(file, 'utf8')]).toEqual([1, 'old\n']);
    expect(stderr).toContain(message);
    const left = execFileSync('ls', [folder], { encoding: 'utf8' });
    expect([left.includes('before.'), existsSync(`${file}.raw`)]).toEqual([false, false]);
  });
});
