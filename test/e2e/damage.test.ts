/** Damaged state beside a sound tree, on the committed fixture. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';

const SWEEP = ['--min-age', '0s', '--max-delete', '100%'];

import { CACHE } from './world.js';

const CHANGE = ['--quiet-window', '200ms', '-y', '--format', 'json'];

const files = (root: string) => snapshot(join(root, 'docker'), { folderTimes: false });

async function json(code: number, ...args: string[]): Promise<Record<string, unknown>> {
  const result = await regsweep(args);
  if (result.code !== code) throw new Error(`${args[0]}: ${result.code}\n${result.stderr}`);
  return result.json as Record<string, unknown>;
}

async function swept(): Promise<{ root: string; before: Map<string, string>; run: string }> {
  const root = copyFixture(join(await tempFolder(), 'root'));
  const before = files(root);
  await json(0, 'sweep', root, ...SWEEP, ...CHANGE);
  const [run] = readdirSync(join(root, '.regsweep/runs'));
  return { root, before, run: run! };
}

describe('damaged state', needs('guard'), () => {
  it('tidy takes an empty layer link that nothing needs, and the repository is swept again', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const layers = join(root, 'docker/registry/v2/repositories/shop/api/_layers/sha256');
    const folder = join(layers, 'a'.repeat(64));
    const kept = (): Promise<string | undefined> =>
      json(0, 'analyze', root, '--format', 'json').then(({ repositories }) => {
        const rows = repositories as { name: string; keptWhole?: string }[];
        return rows.find(({ name }) => name === 'shop/api')?.keptWhole;
      });
    mkdirSync(folder);
    writeFileSync(join(folder, 'link'), '');
    expect(await kept()).toContain('is empty');
    const before = files(root);
    const tidied = await json(0, 'tidy', root, ...SWEEP, ...CHANGE);
    expect(tidied.moved).toMatchObject({ 'layer-link': 1 });
    expect([existsSync(folder), await kept()]).toEqual([false, undefined]);
    await json(0, 'trash', 'restore', root, ...CHANGE);
    expect(files(root)).toEqual(before);
  });

  it('a damaged journal is told, hinders nothing, and what it had comes back', async () => {
    const { root, before, run } = await swept();
    const journal = join(root, '.regsweep/runs', run, 'journal.jsonl');
    const [whole] = (await json(0, 'trash', 'list', root, '--format', 'json')).runs as {
      bytes: number;
    }[];
    writeFileSync(journal, `${readFileSync(journal, 'utf8')}rubbish\n`);
    const trash = snapshot(join(root, '.regsweep/runs', run));
    const listed = await json(0, 'trash', 'list', root, '--format', 'json');
    expect(listed.runs).toMatchObject([{ id: run, state: 'damaged', bytes: whole!.bytes }]);
    expect(String(listed.notes)).toContain(`trash restore --run ${run}`);
    const { totals } = await json(0, 'analyze', root, '--format', 'json');
    expect(totals).toMatchObject({ quarantined: { runs: 1, bytes: whole!.bytes } });
    await json(0, 'sweep', root, ...SWEEP, ...CHANGE);
    const purged = await json(0, 'trash', 'purge', root, '--min-age', '0s', ...CACHE, ...CHANGE);
    expect(String(purged.notes)).toContain(`run ${run} is kept`);
    await json(3, 'trash', 'restore', root, ...CHANGE); // only by its name
    expect(snapshot(join(root, '.regsweep/runs', run))).toEqual(trash);
    await json(0, 'trash', 'restore', root, '--run', run, ...CHANGE);
    const [was, is] = [before, files(root)].map((all) =>
      [...all].filter(([path]) => /\/(data|link|startedat)$/.test(path)),
    );
    expect(is).toEqual(was);
    expect(readFileSync(journal, 'utf8')).toMatch(/rubbish\n$/);
  });

  it('audit verify shows an end that was cut off, and a log that is gone', async () => {
    const { root } = await swept();
    const log = join(root, '.regsweep/audit.jsonl');
    expect(await json(0, 'audit', 'verify', root, '--format', 'json')).toMatchObject({ ok: true });
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    writeFileSync(log, `${lines.slice(0, -2).join('\n')}\n`);
    expect(await json(1, 'audit', 'verify', root, '--format', 'json')).toMatchObject({
      ok: false,
      problem: `${log} ends after line ${lines.length - 2}: it should have ${lines.length} lines`,
    });
    unlinkSync(log);
    expect(await json(1, 'audit', 'verify', root, '--format', 'json')).toMatchObject({
      ok: false,
      problem: `${log} is missing or empty: it should have ${lines.length} lines`,
    });
  });

  it('purge tells the size of what was purged', async () => {
    const { root } = await swept();
    const { runs } = await json(0, 'trash', 'list', root, '--format', 'json');
    const [{ bytes, diskBytes }] = runs as [{ bytes: number; diskBytes: number }];
    const purged = await json(0, 'trash', 'purge', root, '--min-age', '0s', ...CACHE, ...CHANGE);
    expect(purged).toMatchObject({ state: 'done', bytes, diskBytes });
  });
});
