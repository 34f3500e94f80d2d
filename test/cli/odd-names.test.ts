/** Names that are not UTF-8 or that a terminal can't show: commands can be pasted, output is inert. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/report/model/model.js';
import { tagCurrentPath } from '../../src/storage/layout.js';
import { nameFromBytes } from '../../src/storage/names.js';
import { BIN, regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { TreeBuilder } from '../harness/offline.js';
import { run } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { tempFolder } from '../harness/temp.js';

const RAW = nameFromBytes(Buffer.from('team/b\xe4d', 'latin1'));
const ODD = "it's\u001b[2J\u202e";

/** As typed or pasted into bash. */
const paste = (command: string) =>
  run('bash', ['-c', command.replace('regsweep', `${process.execPath} ${BIN}`)]);

async function store(): Promise<TreeBuilder> {
  const tree = new TreeBuilder(join(await tempFolder(), 'root')).at(Date.UTC(2024, 0, 1));
  for (const name of [RAW, ODD, '-dash'])
    tree.push(name, images.dockerImage(new Random(name)), 'v1');
  return tree;
}

describe('odd names', () => {
  it('are found by their bytes', async () => {
    const { root } = await store();
    const explained = await paste(`regsweep explain $'team/b\\xe4d:v1' ${root}`);
    expect(explained).toMatchObject({ code: 0 });
    expect(explained.stdout).toMatch(/^team\/b\\xe4d:v1: in use\n/);
    const listed = await paste(`regsweep ls $'team/b\\xe4d' ${root} --json`);
    expect(JSON.parse(listed.stdout).repositories).toMatchObject([{ name: 'team/b\\xe4d' }]);
  });

  it('have remedies that can be pasted', async () => {
    const tree = await store();
    for (const name of [RAW, ODD, '-dash']) tree.link(tagCurrentPath(name, 'broken'), 'no digest');
    const { json } = await regsweep(['check', tree.root, '--json']);
    const { findings } = json as CheckReport;
    const samples = findings.find(({ code }) => code === 'unreadable-link')?.samples ?? [];
    expect(samples).toHaveLength(3);
    for (const { command } of samples) {
      const { code, stdout, stderr } = await paste(
        command!.replace('regsweep rm', 'regsweep rm -d'),
      );
      // Registries of this host may be told of, as a real run would ask them.
      const said = stderr.replace(/^regsweep: warning: a run would be refused now[\s\S]*/, '');
      expect([code, said]).toEqual([0, '']);
      expect(stdout).toContain(':broken: named');
      expect(stdout).not.toMatch(/[\u001b\u202e\ufffd]/);
    }
  });
});
