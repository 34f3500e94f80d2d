/** The registry is down only while its tree changes, and up again whatever happens. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, type CliResult, regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { oracle } from '../harness/oracle.js';
import { type Running, start } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { commands, endServices, type Service, service, until } from './service.js';
import { everything, expectCode, SELECT, storeWith, sweep } from './world.js';

const CHANGE = ['--yes', '--quiet-window', '200ms', '--format', 'json'];

const sweeps: Running[] = [];

// A sweep that a failed test left would yet start a registry, and that would fail all that follow.
afterEach(async () => {
  for (const sweeping of sweeps.splice(0)) await sweeping.ended;
  await endServices();
});

async function store(): Promise<string> {
  const random = new Random('downtime');
  const gone = images.dockerImage(random);
  return storeWith(async (client) => {
    await client.push('app', images.dockerImage(random), 'kept');
    await client.push('app', images.ociImage(random), 'other');
    await client.push('app', gone, 'gone');
    await client.deleteManifest('app', gone.manifest.digest);
  });
}

const tree = (root: string): Map<string, string> => snapshot(`${root}/docker`);

function auditEvents(root: string): string[] {
  const lines = readFileSync(`${root}/.regsweep/audit.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { event: string }).event);
}

interface Report {
  readonly run: { readonly downtimeMs?: number };
}

const downtimeOf = ({ json }: CliResult): number | undefined => (json as Report).run.downtimeMs;

function startSweep(root: string, ...flags: string[]): Running {
  const args = [BIN, 'sweep', root, ...SELECT, ...CHANGE, ...flags];
  const sweeping = start(process.execPath, args);
  sweeps.push(sweeping);
  return sweeping;
}

describe('--stop-command, --start-command', needs('registry', 'guard'), () => {
  it('sweeps while the registry is down, and it serves all as before', async () => {
    const root = await store();
    const before = await everything(root);
    const expected = oracle(root);
    const up = await service(root);
    const result = expectCode(await sweep(root, ...commands(up)), 0);
    expect(result.json).toMatchObject({
      state: 'done',
      guard: 'stopped',
      moved: { blob: expected.garbage.length },
    });
    expect(downtimeOf(result)).toBeGreaterThan(200);
    expect(readFileSync(up.log, 'utf8')).toBe('stop\nstart\n');
    expect(result.stderr).toContain('stop: stopping');
    expect(await up.served()).toEqual(before);
    expect(oracle(root)).toMatchObject({ live: expected.live, garbage: [] });
    const events = auditEvents(root).filter((event) => /^(stop|start)/.test(event));
    expect(events).toEqual(['stop-begins', 'stop', 'start-begins', 'start']);
    expectCode(await regsweep(['audit', 'verify', root]), 0);
  });

  it('takes nothing that the plan before the stop did not list', async () => {
    const root = await store();
    const planned = oracle(root).garbage;
    const up = await service(root);
    const [other] = [...(await up.client.pullAll('app', 'other'))].filter(
      ([key]) => key !== 'other',
    );
    const manifests = `${root}/docker/registry/v2/repositories/app/_manifests`;
    const digest = (await manifestDigest(up, 'other')).replace('sha256:', '');
    const untag = `rm -r ${manifests}/tags/other ${manifests}/revisions/sha256/${digest}`;
    const stop = `${up.stop}; ${untag}`;
    expectCode(await sweep(root, ...commands({ ...up, stop })), 0);
    const left = oracle(root).garbage;
    expect(left).toContain(other![0]);
    expect(left.filter((one) => planned.includes(one))).toEqual([]);
    expect(left).toHaveLength(4);
  });

  it('carries out what was agreed to where nothing changed since', async () => {
    const root = await store();
    const before = await everything(root);
    const up = await service(root);
    await sleep(2200); // what was written just before a look may be written again unseen
    const result = expectCode(await sweep(root, ...commands(up)), 0);
    expect(result.stderr).toContain('the plan is applied as shown');
    expect(oracle(root).garbage).toEqual([]);
    expect(await up.served()).toEqual(before);
  });

  it.each([0, 2200])('keeps what was tagged again before the stop (%d ms)', async (restedMs) => {
    const root = await store();
    const up = await service(root);
    const manifests = `${root}/docker/registry/v2/repositories/app/_manifests`;
    const [revision = ''] = readdirSync(`${manifests}/revisions/sha256`).filter((name) =>
      oracle(root).garbage.includes(`sha256:${name}`),
    );
    expect(revision).not.toBe('');
    const link = (folder: string): string =>
      `mkdir -p ${folder} && printf sha256:${revision} > ${folder}/link`;
    const tag = `${manifests}/tags/back`;
    const retag = [
      link(`${manifests}/revisions/sha256/${revision}`),
      link(`${tag}/current`),
      link(`${tag}/index/sha256/${revision}`),
    ].join(' && ');
    await sleep(restedMs);
    const stop = `${retag}; ${up.stop}`;
    const result = expectCode(await sweep(root, ...commands({ ...up, stop })), 0);
    expect(result.stderr).not.toContain('the plan is applied as shown');
    await up.up();
    expect([...(await up.client.pullAll('app', 'back')).keys()]).toHaveLength(4);
    expect(oracle(root).garbage).toEqual([]);
  });

  it('runs neither command where there is nothing to do', async () => {
    const root = await store();
    expectCode(await sweep(root), 0);
    const up = await service(root);
    const result = expectCode(await sweep(root, ...commands(up)), 0);
    expect(result.json).toMatchObject({ state: 'nothing-to-do' });
    expect(existsSync(up.log)).toBe(false);
  });

  it('runs neither command where nothing holds the tree', async () => {
    const root = await store();
    const marker = join(root, '..', 'ran');
    const touch = { stop: `touch ${marker}`, start: `touch ${marker}` };
    const result = expectCode(await sweep(root, ...commands(touch)), 0);
    expect([downtimeOf(result), existsSync(marker)]).toEqual([undefined, false]);
    expect(oracle(root).garbage).toEqual([]);
  });

  it('sweeps nothing when the stop command fails, and starts', async () => {
    const up = await service(await store());
    const before = tree(up.root);
    const result = expectCode(
      await sweep(up.root, ...commands({ ...up, stop: `${up.stop}; exit 3` })),
      1,
    );
    expect(result.stderr).toContain('the stop command failed (exit 3)');
    expect([up.started(), tree(up.root)]).toEqual([true, before]);
  });

  it('ends the whole process group of a stop command that takes too long, and starts', async () => {
    const up = await service(await store());
    const before = tree(up.root);
    const pids = join(up.root, '..', 'pids');
    const stop = `${up.stop}; sleep 300 & echo $! > ${pids}; wait`;
    const flags = [...commands({ ...up, stop }), '--command-timeout', '500ms'];
    const result = expectCode(await sweep(up.root, ...flags), 1);
    expect(result.stderr).toContain('not done in 0.5 s');
    // It ends at once; process 1 may take a moment to reap it.
    await until(() => !existsSync(`/proc/${readFileSync(pids, 'utf8').trim()}`));
    expect([up.started(), tree(up.root)]).toEqual([true, before]);
  });

  it('is refused where the stop command does not stop, and starts', async () => {
    const up = await service(await store());
    const before = tree(up.root);
    const again = `echo start >> ${up.log}`;
    const result = expectCode(
      await sweep(up.root, ...commands({ stop: 'true', start: again })),
      12,
    );
    expect(result.stderr).toContain('after the stop command');
    expect([up.started(), tree(up.root)]).toEqual([true, before]);
  });

  it('says so loudly when the registry does not start again', async () => {
    const up = await service(await store());
    const result = expectCode(await sweep(up.root, ...commands({ ...up, start: 'exit 7' })), 1);
    expect(result.stderr).toContain('THE START COMMAND FAILED (exit 7)');
    expect(result.json).toMatchObject({ state: 'done' });
    expect(oracle(up.root).garbage).toEqual([]);
  });

  it('starts after a signal during the stop, and has changed nothing', async () => {
    const up = await service(await store());
    const before = tree(up.root);
    const stop = `${up.stop}; sleep 1`;
    const sweeping = startSweep(up.root, ...commands({ ...up, stop }));
    await until(() => existsSync(up.log));
    sweeping.child.kill('SIGINT');
    const { code, stderr } = await sweeping.ended;
    expect(stderr).toContain('interrupted; nothing was changed');
    expect([code, up.started(), tree(up.root)]).toEqual([130, true, before]);
  });

  it.each(['SIGKILL', 'SIGINT twice'])('starts even when it is ended at once (%s)', async (how) => {
    const up = await service(await store());
    const before = await up.client.pullEverything();
    // What changes around the stop is watched for a whole window more: time to be ended in.
    const stop = `${up.stop}; touch ${up.root}/docker/registry/v2/repositories`;
    const flags = [...commands({ ...up, stop }), '--quiet-window', '3s'];
    const sweeping = startSweep(up.root, ...flags);
    await until(() => existsSync(up.log));
    await sleep(500);
    if (how === 'SIGKILL') sweeping.child.kill('SIGKILL');
    else {
      sweeping.child.kill('SIGINT');
      sweeping.child.kill('SIGINT');
    }
    await sweeping.ended;
    await until(up.started);
    expect(await up.served()).toEqual(before);
  });

  it('starts after the stop command has ended, should it be killed meanwhile', async () => {
    const up = await service(await store());
    const before = await up.client.pullEverything();
    const stop = `echo stop >> ${up.log}; sleep 1; ${up.stop}; echo stopped >> ${up.log}`;
    const sweeping = startSweep(up.root, ...commands({ ...up, stop }));
    await until(() => existsSync(up.log));
    sweeping.child.kill('SIGKILL');
    await sweeping.ended;
    await until(up.started);
    expect(await up.served()).toEqual(before);
    expect(readFileSync(up.log, 'utf8')).toBe('stop\nstop\nstopped\nstart\n');
  });

  it('does not start it a second time when it is ended during the start', async () => {
    const up = await service(await store());
    const starts = (): number => readFileSync(up.log, 'utf8').match(/^start$/gm)?.length ?? 0;
    const slowly = { ...up, start: `${up.start}; sleep 1` };
    const sweeping = startSweep(up.root, ...commands(slowly));
    await until(up.started);
    sweeping.child.kill('SIGKILL');
    await sweeping.ended;
    await sleep(1500);
    expect(starts()).toBe(1);
    await up.served();
  });

  it('purges old runs within the downtime', async () => {
    const root = await store();
    expectCode(await sweep(root), 0);
    const up = await service(root);
    const flags = [...commands(up), '--purge-older-than', '0s'];
    const result = expectCode(await sweep(root, ...flags), 0);
    expect(result.json).toMatchObject({ state: 'nothing-to-do' });
    expect(downtimeOf(result)).toBeGreaterThan(200);
    expect(readFileSync(up.log, 'utf8')).toBe('stop\nstart\n');
    const listed = await regsweep(['trash', 'list', root, '--format', 'json']);
    expect(listed.json).toMatchObject({ runs: [] });
  });

  it('has no start without a stop', async () => {
    const root = await store();
    const result = expectCode(await sweep(root, '--start-command', 'true'), 64);
    expect(result.stderr).toContain('needs --stop-command');
  });
});

async function manifestDigest({ client }: Service, tag: string): Promise<string> {
  const bytes = await client.getManifest('app', tag);
  return images.blobOf(bytes!).digest;
}
