/** Immutable and append-only files and folders: what can't go keeps all that it needs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/plan/types.js';
import { blobPath, V2 } from '../../src/storage/layout.js';
import { regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, plannedActions, SELECT, sweep } from './world.js';

const fixed: string[] = [];

function fix(flag: '+i' | '+a', path: string): void {
  execFileSync('chattr', [flag, path]);
  fixed.push(path);
}

afterEach(() => {
  for (const path of fixed.splice(0)) execFileSync('chattr', ['-i', '-a', path]);
});

const copy = async (): Promise<string> => copyFixture(join(await tempFolder(), 'root'));
const keyOf = ({ kind, path }: Action): string => `${kind} ${path}`;

/** A revision that goes, and what of the plan its manifest refers to. */
async function goingImage(root: string) {
  const actions = await plannedActions(root, '-m');
  for (const revision of actions.filter(({ kind }) => kind === 'revision')) {
    const blob = join(root, V2, blobPath(revision.digest!));
    const content = readFileSync(join(blob, 'data'), 'utf8');
    const needed = new Set([revision.digest!, ...(content.match(/sha256:[0-9a-f]{64}/g) ?? [])]);
    const staying = actions.filter(
      ({ kind, digest }) => kind !== 'empty-directory' && needed.has(digest ?? ''),
    );
    if (staying.filter(({ kind }) => kind === 'blob').length > 2) {
      return { actions, revision, blob, staying };
    }
  }
  throw new Error('the fixture has no untagged image of its own layers');
}

describe('what can not be removed', needs('guard', 'immutable files'), () => {
  it.each([
    ['its data, immutable', '+i', (blob: string) => join(blob, 'data')],
    ['its data, append-only', '+a', (blob: string) => join(blob, 'data')],
    ['its folder', '+i', (blob: string) => blob],
    ['the folder above it', '+a', (blob: string) => join(blob, '..')],
  ] as const)('a manifest’s blob keeps what it needs: %s', async (_, flag, of) => {
    const root = await copy();
    const { actions, blob, staying } = await goingImage(root);
    fix(flag, of(blob));
    const left = (await plannedActions(root, '-m')).filter(
      ({ kind }) => kind !== 'empty-directory',
    );
    const stays = new Set(staying.map(keyOf));
    const before = actions.filter(({ kind }) => kind !== 'empty-directory').map(keyOf);
    expect(left.map(keyOf)).toEqual(before.filter((key) => !stays.has(key)));
  });

  it('a tag’s link keeps the image, and the run says so', async () => {
    const root = await copy();
    const { revision, staying } = await goingImage(root);
    const link = join(root, V2, revision.path, 'link');
    fix('+i', link);
    const before = snapshot(join(root, V2));
    const result = expectCode(await sweep(root, '-m'), 0).json as {
      state: string;
      notes: string[];
    };
    expect(result.state).toBe('done');
    expect(result.notes.join('\n')).toContain(`immutable or append-only: 1`);
    expect(result.notes.join('\n')).toContain(`${revision.path}/link`);
    const after = snapshot(join(root, V2));
    for (const { path } of staying) {
      for (const [name, text] of before) {
        if (name.startsWith(`${path}/`)) expect([name, after.get(name)]).toEqual([name, text]);
      }
    }
  });

  it('rm leaves an image of which one tag can not go', async () => {
    const root = await copy();
    const listed = expectCode(await regsweep(['analyze', root, '--format', 'json']), 0).json as {
      repositories: { name: string; tags: number }[];
    };
    const { name } = listed.repositories.find(({ tags }) => tags > 0)!;
    const folder = join(root, V2, 'repositories', name, '_manifests/tags');
    const [tag] = execFileSync('ls', [folder], { encoding: 'utf8' }).split('\n');
    fix('+i', join(folder, tag!, 'current/link'));
    const rm = ['rm', `${name}:${tag}`, '--root', root, ...SELECT];
    const shown = await regsweep([...rm, '-d']);
    expect(expectCode(shown, 0).stderr).toContain('immutable or append-only: 1');
    const result = await regsweep([...rm, '--yes', '--quiet-window', '200ms']);
    expect(expectCode(result, 13).stderr).toContain('immutable or append-only: 1');
  });
});
