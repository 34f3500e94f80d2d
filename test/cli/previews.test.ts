/** What would refuse a run is a warning beside a preview, and the next step works as it is pasted. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PlanReport } from '../../src/report/model/model.js';
import type { CliResult } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { tempFolder } from '../harness/temp.js';

const OLD = Date.UTC(2024, 0, 1);
const AGE = ['--age-by', 'mtime', '--min-age', '1h'];

const builder = async (): Promise<TreeBuilder> =>
  new TreeBuilder(join(await tempFolder(), 'root')).at(OLD);

/** Nearly everything is garbage. */
async function littered(): Promise<TreeBuilder> {
  const tree = await builder();
  tree.push('app', images.dockerImage(new Random('previews')), 'v1');
  for (let i = 0; i < 60; i++) tree.layer('app', Buffer.alloc(3000, i));
  return tree;
}

/** The last image was removed, by whatever means. */
async function emptied(): Promise<TreeBuilder> {
  const tree = await builder();
  tree.folder('repositories/app/_manifests/tags').folder('repositories/app/_layers');
  for (let i = 0; i < 3; i++) tree.blob(Buffer.alloc(5000, i));
  return tree;
}

const planOf = ({ json }: CliResult): PlanReport & { actions: { kind: string }[] } =>
  json as PlanReport & { actions: { kind: string }[] };

/** The first command that `analyze` proposes, as a shell would split it. */
async function nextStep(root: string, ...flags: string[]): Promise<string[]> {
  const { stdout } = await regsweep(['analyze', root, ...AGE, ...flags]);
  const line = stdout.split('\nNext\n')[1]!.split('\n')[0]!;
  return line.replace(/ +#.*/, '').trim().split(' ').slice(1);
}

describe('a preview over --max-delete', () => {
  it.each([['plan'], ['sweep', '--dry-run', '--quiet-window', '0s']])(
    '%s: shows what would go, and warns',
    async (command, ...flags) => {
      const { root } = await littered();
      const args = [command, root, ...AGE, ...flags, '--format', 'json'];
      const result = await regsweep(args);
      expect(result.code).toBe(0);
      const { actions, totals, run } = planOf(result);
      expect(totals.byKind.blob).toBe(60);
      expect(actions.filter(({ kind }) => kind === 'blob')).toHaveLength(60);
      expect(run.refusals?.map(({ code }) => code)).toContain('facts-refused');
      expect(result.stderr).toMatch(
        /warning: .*% of all blobs would be removed, more than --max-delete 90%/,
      );
      expect((await regsweep([...args, '--detailed-exitcode'])).code).not.toBe(2);
      const allowed = await regsweep([
        'plan',
        root,
        ...AGE,
        '--max-delete',
        '100%',
        '--format',
        'json',
      ]);
      expect([allowed.code, allowed.stderr, planOf(allowed).run.refusals]).toEqual([
        0,
        '',
        undefined,
      ]);
    },
  );

  it('ends with the refusal’s code only with --detailed-exitcode', async () => {
    const { root } = await littered();
    expect((await regsweep(['plan', root, ...AGE, '--detailed-exitcode'])).code).toBe(13);
  });

  it('rm and policy preview warn too', async () => {
    const { root } = await builder().then((tree) => {
      tree.push('app', images.dockerImage(new Random('last')), 'v1');
      return tree;
    });
    const removal = await regsweep([
      'rm',
      'app',
      '--root',
      root,
      '--dry-run',
      '--format',
      'json',
      ...AGE,
    ]);
    expect(removal.code).toBe(0);
    expect(removal.json).toMatchObject({
      removed: [{ kind: 'tag' }, { kind: 'revision' }, { kind: 'repository' }],
    });
    expect(removal.stderr).toContain('more than --max-delete 90%');
    const file = join(root, 'policy.yaml');
    writeFileSync(file, 'version: 1\nrepositories: [{ match: ["**"], keepWithin: 30d }]\n');
    const args = ['policy', 'preview', file, root, '--allow-empty', '--format', 'json', ...AGE];
    const preview = await regsweep(args);
    expect(preview.code).toBe(0);
    expect(preview.json).toMatchObject({ totals: { expiring: 1 } });
    expect(preview.stderr).toContain('more than --max-delete 90%');
    expect((await regsweep([...args, '--detailed-exitcode'])).code).toBe(13);
  });

  it('analyze proposes what passes', async () => {
    const { root } = await littered();
    const step = await nextStep(root);
    expect(step).toEqual([
      'sweep',
      root,
      ...['--min-age', '1h', '--age-by', 'mtime'],
      '--max-delete',
      '99%',
    ]);
    const { code, stderr } = await regsweep(['plan', ...step.slice(1), '--detailed-exitcode']);
    expect([code, stderr]).toEqual([2, '']);
  });
});

describe('a tree without any manifest', () => {
  it.each(['--allow-empty-tree', undefined])('with %s', async (flag) => {
    const { root } = await emptied();
    const flags = flag === undefined ? AGE : [...AGE, flag];
    const result = await regsweep(['plan', root, ...flags, '--format', 'json']);
    expect(result.code).toBe(0);
    expect(planOf(result).totals.byKind).toMatchObject({ blob: 3, repository: 1 });
    const refusals = planOf(result).run.refusals?.map(({ message }) => message);
    const refused = ['the tree has no manifest, so it may be the wrong one or not mounted'];
    expect(refusals?.slice(0, 1)).toEqual(flag === undefined ? refused : undefined);
    const { stdout } = await regsweep(['plan', root, ...flags]);
    expect(stdout.split('\n')[0]).toMatch(/^Everything in .* is removed: .* 3 blobs\.$/);
  });

  it('analyze proposes the flag, and the plan passes with it', async () => {
    const { root } = await emptied();
    const step = await nextStep(root);
    expect(step).toContain('--allow-empty-tree');
    expect((await regsweep(['plan', ...step.slice(1), '--detailed-exitcode'])).code).toBe(2);
  });

  it('an unmounted part is refused all the same', async () => {
    const { root, v2 } = await emptied();
    mkdirSync(join(v2, 'repositories/team'), { recursive: true });
    symlinkSync('/nowhere', join(v2, 'repositories/other'));
    const args = ['plan', root, ...AGE, '--allow-empty-tree', '--detailed-exitcode'];
    const { code, stderr } = await regsweep(args);
    expect(code).toBe(13);
    expect(stderr).toContain('repositories/other');
  });
});

it('a plan file is not written where not everything was seen', async () => {
  const { root, v2 } = await littered();
  symlinkSync('/nowhere', join(v2, 'repositories/other'));
  const file = join(root, 'sweep.plan');
  const shown = await regsweep(['plan', root, ...AGE]);
  expect([shown.code, shown.stderr]).toEqual([0, expect.stringContaining('repositories/other')]);
  const { code, stderr } = await regsweep(['plan', root, ...AGE, '-o', file]);
  expect([code, stderr]).toEqual([13, expect.stringContaining('repositories/other')]);
});

describe('the next step for untagged manifests', () => {
  it('disappears once -m would take nothing', async () => {
    const tree = await builder();
    const random = new Random('untagged');
    const image = images.dockerImage(random);
    const subject = tree.push('app', image, 'v1');
    const config = tree.layer('app', '{}');
    tree.manifest('app', {
      schemaVersion: 2,
      config: { digest: config },
      layers: [],
      subject: { digest: subject, size: image.manifest.bytes.length },
    });
    expect(await nextStep(tree.root)).toEqual(['to', 'do']);
    tree.push('app', images.dockerImage(random));
    expect(await nextStep(tree.root)).toContain('-m');
  });

  it('finds the same state again, and names signatures of deleted images', async () => {
    const tree = await builder();
    tree.push('app', images.dockerImage(new Random('lost')), 'v1');
    const hex = 'd'.repeat(64);
    tree.folder(`repositories/app/_manifests/revisions/sha256/${hex}`);
    tree.push('app', images.dockerImage(new Random('signature')), `sha256-${hex}.sig`);
    const state = join(await tempFolder(), 'state');
    const { stdout } = await regsweep(['analyze', tree.root, ...AGE, '--state-dir', state]);
    const flags = '--min-age 1h --age-by mtime';
    expect(stdout).toContain(
      `regsweep sweep ${tree.root} --state-dir ${state} ${flags} --orphan-signatures   # 1 signature of deleted images`,
    );
    expect(stdout).toContain(`regsweep tidy ${tree.root} --state-dir ${state} ${flags}   #`);
  });

  it('says that every blob is recent, as in a copied tree', async () => {
    const tree = await builder();
    tree.push('app', images.dockerImage(new Random('copied')), 'v1');
    tree.layer('app', Buffer.alloc(4000));
    const { stdout } = await regsweep(['analyze', tree.root]);
    expect(stdout).toMatch(/regsweep analyze \S+ --age-by mtime +# every blob is recent/);
    expect(stdout.match(/--age-by mtime/g)).toHaveLength(1);
  });
});
