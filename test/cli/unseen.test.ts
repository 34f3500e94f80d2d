/** What can't be read, or belongs to somebody else, and what is told to do about it. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/report/model/model.js';
import { blobDataPath } from '../../src/storage/layout.js';
import { BIN, regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { digestOf, TreeBuilder } from '../harness/offline.js';
import { run } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

const FLAGS = ['--min-age', '1h', '--age-by', 'mtime', '--format', 'json'];

async function store(): Promise<TreeBuilder> {
  const folder = await tempFolder();
  chmodSync(folder, 0o755);
  const tree = new TreeBuilder(join(folder, 'root')).at(Date.UTC(2024, 0, 1));
  tree.push('team/app', images.dockerImage(new Random('unseen')), 'v1');
  tree.push('team/lib', images.dockerImage(new Random('seen')), 'v1');
  return tree;
}

describe('as another user than root', needs('root'), () => {
  it.each(['_manifests', '_manifests/tags', '_manifests/revisions', '_layers'])(
    'a closed %s is no dead repository, and tidy no remedy',
    async (part) => {
      const { root, v2 } = await store();
      chmodSync(`${v2}/repositories/team/app/${part}`, 0);
      const user = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, BIN];
      const { stdout } = await run('setpriv', [...user, 'check', root, ...FLAGS]);
      const { findings } = JSON.parse(stdout) as CheckReport;
      expect(findings.map(({ code }) => code)).toEqual(['unreadable-folder']);
      const text = await run('setpriv', [...user, 'analyze', root, ...FLAGS.slice(0, 4)]);
      expect(text.stdout).not.toContain('tidy');
      expect(text.stdout).toMatch(
        /Nothing can be removed until this is resolved: .*team\/app.*[:;] run as root/,
      );
    },
  );

  it('a closed blob is not corrupt, and a closed folder for results is named', async () => {
    const { root, v2 } = await store();
    const digest = digestOf('closed');
    const file = `${v2}/${blobDataPath(new TreeBuilder(root).blob('closed'))}`;
    chmodSync(file, 0);
    const user = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, BIN];
    const { stdout } = await run('setpriv', [...user, 'check', root, '--verify']);
    expect(stdout).toContain(`: 1 not readable\n  ${digest}: EACCES\n`);
    expect(stdout).toContain('→ run as root');
    expect(stdout).not.toMatch(/corrupt|breaks/);
    const folder = await tempFolder();
    chmodSync(folder, 0o700);
    for (const [command, name] of [
      ['plan', 'x.plan'],
      ['report', 'x.html'],
    ] as const) {
      const args = [...user, command, root, '-o', join(folder, name)];
      const { code, stderr } = await run('setpriv', args);
      expect([code, stderr.split('\n')[0]]).toEqual([
        1,
        `regsweep: ${join(folder, name)} could not be written: permission denied in ${folder}`,
      ]);
    }
  });

  it('a closed state folder is told as that', async () => {
    const { root } = await store();
    mkdirSync(join(root, '.regsweep/runs'), { recursive: true, mode: 0o700 });
    const user = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, BIN];
    const { stderr } = await run('setpriv', [...user, 'analyze', root, ...FLAGS.slice(0, 4)]);
    expect(stderr).toContain(
      '.regsweep/runs can’t be read, so it is unknown what is in quarantine',
    );
    expect(stderr).toContain('→ run it as root');
  });
});

describe('the file that a pull-through cache leaves behind', () => {
  it('is named, with what to do when it is no cache any more', async () => {
    const { root } = await store();
    const file = join(root, 'scheduler-state.json');
    writeFileSync(file, '{}');
    const config = join(root, 'config.yml');
    writeFileSync(config, `storage: { filesystem: { rootdirectory: ${root} } }\n`);
    const args = ['plan', '--config', config, ...FLAGS, '--detailed-exitcode'];
    const { code, stderr } = await regsweep(args);
    expect(code).toBe(13);
    expect(stderr).toContain(`mv ${file} ${file}.old`);
    expect(stderr).not.toContain('delete its whole store');
    const { findings } = (await regsweep(['check', root, ...FLAGS])).json as CheckReport;
    expect(findings.flatMap(({ samples }) => samples)).toMatchObject([{ path: file }]);
    expect(findings[0]!.samples[0]!.command).toContain(`mv ${file} ${file}.old`);
  });
});
