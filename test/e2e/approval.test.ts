/** On a host that asks for approval, what removes something goes by a plan that somebody signed. */
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, type CliResult, regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { run } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { type Person, person, signer, writeSigners } from '../harness/signers.js';
import { snapshot } from '../harness/snapshot.js';
import { commands, endServices, service } from './service.js';
import {
  CACHE,
  everything,
  expectCode,
  restore,
  SELECT,
  serve,
  storeWith,
  sweep,
  tidy,
} from './world.js';

afterEach(endServices);

const random = new Random('approval');
const CHANGE = ['--yes', '--quiet-window', '200ms', '--format', 'json'];

interface Host {
  readonly root: string;
  readonly settings: string;
  readonly alice: Person;
  /** Without a tag. */
  readonly untagged: images.Image;
  /** The path of a file beside the tree. */
  at(name: string): string;
}

/** `app` has a tag that is kept, one that can be removed, and two untagged manifests. */
async function host(): Promise<Host> {
  const untagged = images.dockerImage(random);
  const root = await storeWith(async (client) => {
    await client.push('app', images.dockerImage(random), 'kept');
    await client.push('app', images.dockerImage(random), 'old');
    await client.push('app', images.dockerImage(random));
    await client.push('app', untagged);
  });
  const at = (name: string): string => join(root, '..', name);
  const alice = person(at('.'), 'alice');
  const allowedSigners = writeSigners(at('.'), signer(alice));
  const settings = at('regsweep.yaml');
  writeFileSync(settings, `approval: { required: true, allowedSigners: ${allowedSigners} }\n`);
  chmodSync(settings, 0o644);
  return { root, settings, alice, untagged, at };
}

async function approve({ alice }: Host, plan: string, ...flags: string[]): Promise<void> {
  expectCode(await regsweep(['plan', 'approve', plan, '--key', alice.key, ...flags]), 0);
}

async function planned(on: Host, name: string): Promise<string> {
  const file = on.at(name);
  expectCode(await regsweep(['plan', on.root, ...SELECT, '-m', '-o', file]), 0);
  return file;
}

const rm = ({ root, settings }: Host, ...flags: string[]): Promise<CliResult> =>
  regsweep(['rm', 'app:old', root, ...CHANGE, '--min-age', '0s', '--settings', settings, ...flags]);

const purge = ({ root, settings }: Host, ...flags: string[]): Promise<CliResult> =>
  regsweep(
    ['trash', 'purge', root, ...CHANGE, ...CACHE, '--min-age', '0s', '--settings', settings].concat(
      flags,
    ),
  );

const tree = ({ root }: Host): Map<string, string> => snapshot(root);

const approvalsIn = ({ root }: Host): unknown[] =>
  readFileSync(join(root, '.regsweep/audit.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'approval')
    .map(({ by, plan, delete: deletes }) => [by, plan, deletes]);

const sealOf = (plan: string): string =>
  (JSON.parse(readFileSync(plan, 'utf8').trimEnd().split('\n').at(-1)!) as { sha256: string })
    .sha256;

describe('where approval is required', needs('registry', 'guard', 'ssh-keygen'), () => {
  it('nothing is removed without a plan, and all is shown', async () => {
    const on = await host();
    const { root, settings } = on;
    expectCode(await sweep(root, '--only', 'layer-link'), 0); // something in quarantine
    const by = ['--settings', settings];
    const before = tree(on);
    const refused = [
      ...[await sweep(root, ...by), await tidy(root, ...by), await rm(on), await purge(on)],
      ...[
        await sweep(root, ...by, '--delete'),
        await sweep(root, ...by, '--stop-command', 'false'),
      ],
    ];
    for (const result of refused) {
      expectCode(result, 14);
      expect(result.json).toMatchObject({
        error: {
          code: 'plan-refused',
          message: expect.stringMatching(/needs a plan that a second person has approved/),
          remedy: expect.stringMatching(/ -o FILE\nregsweep plan approve FILE\n.* --plan FILE$/),
        },
      });
    }
    expect(tree(on)).toEqual(before);
    for (const dry of [
      await sweep(root, ...by, '-d'),
      await tidy(root, ...by, '-d'),
      await rm(on, '-d'),
    ]) {
      expectCode(dry, 0);
      expect(dry.stderr).toContain('a run would be refused now:');
      expect(dry.stderr).toContain('a second person has approved');
    }
    expect(expectCode(await purge(on, '-d'), 0).stdout).toContain('a run would be refused now');
    expectCode(await restore(root, ...by), 0);
  });

  it('a signed plan is carried out, and who signed it is told and written down', async () => {
    const on = await host();
    const { root, settings } = on;
    const plan = await planned(on, 'sweep.plan');
    const args = ['--plan', plan, '--settings', settings];
    const before = tree(on);
    expectCode(await sweep(root, ...args), 14);
    expect(tree(on)).toEqual(before);
    await approve(on, plan);
    const approvals = [
      { by: 'alice@example.com', key: expect.stringMatching(/^SHA256:/), delete: false },
    ];
    const shown = expectCode(await sweep(root, ...args, '-d'), 0);
    expect(shown.json).toMatchObject({ run: { approvals } });
    expect(expectCode(await sweep(root, ...args), 0).json).toMatchObject({
      state: 'done',
      approvals,
    });
    expect(approvalsIn(on)).toEqual([['alice@example.com', sealOf(plan), false]]);
  });

  it('a plan that was changed after it was signed is refused', async () => {
    const on = await host();
    const plan = await planned(on, 'sweep.plan');
    await approve(on, plan);
    const wider = await planned(on, 'wider.plan');
    writeFileSync(plan, readFileSync(wider, 'utf8').replace(/"createdAt":"./, '"createdAt":"3'));
    const before = tree(on);
    const result = await sweep(on.root, '--plan', plan, '--settings', on.settings);
    expect(expectCode(result, 14).stderr).toContain('it was changed after it was written');
    cpSync(wider, plan);
    const other = await sweep(on.root, '--plan', plan, '--settings', on.settings);
    expect(expectCode(other, 14).stderr).toContain('an approval is for another plan');
    expect(tree(on)).toEqual(before);
  });

  it('what has gone stale since stays', async () => {
    const on = await host();
    const plan = await planned(on, 'sweep.plan');
    await approve(on, plan);
    await serve(on.root, (client) => client.push('app', on.untagged, 'again'));
    const served = await everything(on.root);
    const result = await sweep(on.root, '--plan', plan, '--settings', on.settings);
    expect(expectCode(result, 3).json).toMatchObject({ state: 'partial' });
    expect(await everything(on.root)).toEqual(served);
  });

  it('deleting at once takes an approval that says so', async () => {
    const on = await host();
    const plan = await planned(on, 'sweep.plan');
    const args = ['--plan', plan, '--settings', on.settings, '--delete', ...CACHE];
    await approve(on, plan);
    const before = tree(on);
    const result = await sweep(on.root, ...args);
    expect(expectCode(result, 14).stderr).toContain('it was approved for quarantine');
    expect(tree(on)).toEqual(before);
    await approve(on, plan, '--delete');
    expectCode(await sweep(on.root, ...args), 0);
    expect(approvalsIn(on)).toEqual([['alice@example.com', sealOf(plan), true]]);
  });

  it('a removal and a tidy are saved, signed and carried out', async () => {
    const on = await host();
    const removal = on.at('rm.plan');
    expectCode(await rm(on, '-o', removal), 64);
    const saved = expectCode(await rm(on, '--dry-run', '-o', removal), 0);
    expect(saved.stderr).toContain(`have it approved: regsweep plan approve ${removal}`);
    await approve(on, removal);
    const by = ['--settings', on.settings];
    expectCode(await sweep(on.root, '--plan', removal, ...by), 0);
    const tags = await serve(on.root, (client) => client.tags('app'));
    expect(tags).toEqual(['kept']);
    const leftovers = on.at('tidy.plan');
    expectCode(await tidy(on.root, ...by, '--dry-run', '-o', leftovers), 0);
    await approve(on, leftovers);
    expectCode(await sweep(on.root, '--plan', leftovers, ...by), 0);
  });

  it('a purge is saved, signed and carried out', async () => {
    const on = await host();
    expectCode(await sweep(on.root, '-m'), 0);
    const plan = on.at('purge.plan');
    expectCode(await purge(on, '--dry-run', '-o', plan), 0);
    const before = tree(on);
    expectCode(await purge(on, '--plan', plan), 14);
    const refused = await sweep(on.root, '--plan', plan, '--settings', on.settings);
    expect(expectCode(refused, 14).stderr).toContain('it is a plan for regsweep trash purge');
    expect(tree(on)).toEqual(before);
    await approve(on, plan);
    expect(expectCode(await purge(on, '--plan', plan), 0).json).toMatchObject({
      runs: 1,
      approvals: [{ by: 'alice@example.com', delete: true }],
    });
    expect(approvalsIn(on)).toEqual([['alice@example.com', sealOf(plan), true]]);
    expect(expectCode(await purge(on, '--plan', plan), 14).stderr).toContain('the plan is stale');
  });

  it('a run that has changed since its purge was approved stays', async () => {
    const on = await host();
    expectCode(await sweep(on.root, '-m'), 0);
    expectCode(await regsweep(['rm', 'app:old', on.root, ...CHANGE, '--min-age', '0s']), 0);
    const plan = on.at('purge.plan');
    expectCode(await purge(on, '--dry-run', '-o', plan), 0);
    await approve(on, plan);
    const { digest } = on.untagged.manifest;
    expectCode(await restore(on.root, '--ref', `app@${digest}`), 0);
    const served = await everything(on.root);
    const result = expectCode(await purge(on, '--plan', plan), 3).json;
    const reason = 'it has changed since the plan was made';
    expect(result).toMatchObject({ state: 'partial', runs: 1, problems: [{ reason }] });
    expect(await everything(on.root)).toEqual(served);
    const { json } = await regsweep(['trash', 'list', on.root, '--format', 'json']);
    expect(json).toMatchObject({ runs: [{ command: 'sweep' }] });
  });

  it('--purge-older-than is no part of a plan', async () => {
    const on = await host();
    const plan = await planned(on, 'sweep.plan');
    await approve(on, plan);
    const args = ['--plan', plan, '--settings', on.settings, '--purge-older-than', '0s', ...CACHE];
    const up = await service(on.root);
    const before = tree(on);
    for (const more of [[], commands(up)]) {
      const result = await sweep(on.root, ...args, ...more);
      expect(expectCode(result, 14).stderr).toContain('--purge-older-than needs a plan');
    }
    expect(existsSync(up.log)).toBe(false);
    expect(tree(on)).toEqual(before);
  });
});

describe('the host’s own settings', needs('registry', 'guard', 'ssh-keygen', 'mounts'), () => {
  /** /etc as a copy in which regsweep.yaml asks for approval, for one command. */
  async function onHost(on: Host, ...args: string[]) {
    const etc = on.at('etc');
    if (!existsSync(etc)) cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
    cpSync(on.settings, join(etc, 'regsweep.yaml'));
    const script = `mount --bind ${etc} /etc && exec "$@"`;
    return run('unshare', ['-m', 'sh', '-c', script, '-', process.execPath, BIN, ...args]);
  }

  it('hold whatever other file is named', async () => {
    const on = await host();
    const mine = on.at('mine.yaml');
    writeFileSync(mine, 'approval: { required: false }\n', { mode: 0o644 });
    const plain = ['sweep', on.root, ...SELECT, ...CHANGE];
    const ways = [[], ['--settings', mine], ['--settings', '/dev/null']];
    for (const way of ways) {
      const { code, stdout } = await onHost(on, ...plain, ...way);
      expect([code, stdout]).toEqual([14, expect.stringContaining('/etc/regsweep.yaml: approval')]);
    }
  });

  it('hold for the library', async () => {
    const on = await host();
    const script = `import('${new URL('../../dist/index.js', import.meta.url).pathname}').then((l) =>
      l.sweep({ root: process.argv[1], minAge: '0s' })).catch((e) => console.log(e.code, e.message))`;
    await onHost(on, '--version');
    const bind = `mount --bind ${on.at('etc')} /etc && exec "$@"`;
    const { stdout } = await run('unshare', [
      ...['-m', 'sh', '-c', bind, '-', process.execPath, '-e', script, on.root],
    ]);
    expect(stdout).toContain('plan-refused sweep needs a plan that a second person has approved');
  });
});
