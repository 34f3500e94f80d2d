/** `rm` from the names to the plan, on trees in memory: what goes, and what never does. */
import { describe, expect, it } from 'vitest';
import type { ActionKind } from '../../src/graph/action-kinds.js';
import { mark } from '../../src/graph/mark/mark.js';
import { planActions } from '../../src/plan/actions/plan-actions.js';
import { namedRemovals, resolveTargets, type Target } from '../../src/policy/index.js';
import { parseDigest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import { descriptorOf, indexJson, marking, NOW, OLD, Store, smallImage } from '../facts/helpers.js';

const DAY = 86_400;
const KINDS: ReadonlySet<ActionKind> = new Set([
  'tag',
  'tag-history',
  'revision',
  'layer-link',
  'blob',
  'repository',
]);

function target(text: string): Target {
  const [, repository = '', mark_, rest = ''] = /^([^:@]+)([:@])?(.*)$/.exec(text) ?? [];
  if (mark_ === '@') return { text, repository, digest: parseDigest(rest)! };
  return mark_ === ':' ? { text, repository, tag: rest } : { text, repository };
}

interface Result {
  /** `kind path`, paths below `repositories` shortened. */
  readonly lines: readonly string[];
  readonly obstacles: readonly string[];
  readonly missing: readonly string[];
}

async function removing(store: Store, ...texts: string[]): Promise<Result> {
  const facts = await store.facts();
  const { named, missing } = resolveTargets(facts, texts.map(target));
  const found = namedRemovals(facts, named, { now: NOW, minAge: DAY });
  const options = marking({ kinds: KINDS });
  const before = mark(facts, options);
  const confined = { blobs: before.reached, repositories: found.touched };
  const marks = mark(facts, { ...options, removals: found.removals, confined });
  return {
    lines: [...planActions(facts, marks)].map(({ kind, path }) => `${kind} ${path}`),
    obstacles: found.obstacles.map(({ reference, kind }) => `${kind} ${reference}`),
    missing: missing.map(({ target: text, what }) => `${what} ${text}`),
  };
}

const tag = (repository: string, name: string): string => `tag ${layout.tagPath(repository, name)}`;
const revision = (repository: string, digest: string): string =>
  `revision ${layout.revisionPath(repository, parseDigest(digest)!)}`;
const gone = ({ lines }: Result, ...kinds: string[]): string[] =>
  lines.filter((line) => kinds.some((kind) => line.startsWith(`${kind} `))).sort();

/** An index of two platforms, of which the second has a tag of its own where `own` is set. */
function platforms(store: Store, own?: string) {
  const one = smallImage(store, 'app', 'one');
  const two = smallImage(store, 'app', 'two', own === undefined ? [] : [own]);
  const index = store.manifest('app', indexJson([one.manifest, two.manifest]), 'list');
  return { one, two, index };
}

describe('rm', () => {
  it('takes what only it released, and leaves older garbage', async () => {
    const store = new Store();
    const image = smallImage(store, 'app', 'a', ['v1']);
    smallImage(store, 'app', 'b', ['v2']);
    store.layer('app', 'garbage that was there before');
    store.tag('app', 'v2', image.manifest).tag('app', 'v2', smallImage(store, 'app', 'b').manifest);
    const result = await removing(store, 'app:v1');
    expect(gone(result, 'tag', 'revision', 'tag-history')).toEqual(
      [
        tag('app', 'v1'),
        revision('app', image.manifest),
        `tag-history ${layout.tagHistoryPath('app', 'v2', image.manifest)}`,
      ].sort(),
    );
    expect(gone(result, 'blob')).toEqual(
      image.all.map((digest) => `blob ${layout.blobPath(digest)}`).sort(),
    );
    expect(gone(result, 'repository', 'empty-directory')).toEqual([]);
  });

  it('takes the links that only its image needed here, and leaves what another repository holds', async () => {
    const store = new Store();
    const image = smallImage(store, 'app', 'shared', ['v1']);
    smallImage(store, 'app', 'stays', ['v2']);
    smallImage(store, 'copy', 'shared', ['v1']);
    const [manifest, ...parts] = image.all;
    const link = (digest: string): string =>
      `layer-link ${layout.layerPath('app', parseDigest(digest)!)}`;
    const result = await removing(store, 'app:v1');
    expect(result.lines).toEqual([
      tag('app', 'v1'),
      revision('app', manifest!),
      ...[...parts].sort().map(link),
    ]);
    smallImage(store, 'app', 'shared', ['other']);
    expect((await removing(store, 'app:v1')).lines).toEqual([tag('app', 'v1')]);
  });

  it('takes the link by another algorithm together with the layer', async () => {
    const store = new Store();
    const layer = store.layer('app', 'pushed as sha512');
    const alias = `sha512:${'ab'.repeat(64)}`;
    store.file(`${layout.layerPath('app', parseDigest(alias)!)}/link`, layer);
    const config = store.layer('app', 'its config');
    store.manifest('app', { config: descriptorOf(config), layers: [descriptorOf(alias)] }, 'v1');
    smallImage(store, 'app', 'stays', ['v2']);
    const result = await removing(store, 'app:v1');
    expect(gone(result, 'layer-link')).toEqual(
      [layer, config, alias]
        .map((digest) => `layer-link ${layout.layerPath('app', parseDigest(digest)!)}`)
        .sort(),
    );
  });

  it('keeps a platform that has a tag of its own, or that another index needs', async () => {
    const store = new Store();
    const { one, two, index } = platforms(store, 'two-amd64');
    const other = store.manifest('app', indexJson([one.manifest], { annotations: {} }), 'other');
    const result = await removing(store, 'app:list');
    expect(gone(result, 'tag', 'revision')).toEqual([revision('app', index), tag('app', 'list')]);
    const all = await removing(store, 'app:list', 'app:other', 'app:two-amd64');
    expect(gone(all, 'revision')).toEqual(
      [index, other, one.manifest, two.manifest].map((digest) => revision('app', digest)).sort(),
    );
    expect(gone(all, 'repository')).toEqual(['repository repositories/app']);
  });

  it('takes the tag of a platform, and leaves the platform to its index', async () => {
    const store = new Store();
    const { two } = platforms(store, 'two-amd64');
    const result = await removing(store, 'app:two-amd64');
    expect(result.lines).toEqual([tag('app', 'two-amd64')]);
    const part = await removing(store, `app@${two.manifest}`);
    expect(part.obstacles).toEqual([`part app@${two.manifest}`]);
  });

  it('takes cosign’s tags with the last that they are about, and not before', async () => {
    const store = new Store();
    const image = smallImage(store, 'app', 'a', ['v1', 'v2']);
    const about = image.manifest.replace(':', '-');
    const signature = smallImage(store, 'app', 'sig', [`${about}.sig`]);
    const first = await removing(store, 'app:v1');
    expect(first.lines).toEqual([tag('app', 'v1')]);
    const both = await removing(store, 'app:v*');
    expect(gone(both, 'tag')).toEqual([
      tag('app', `${about}.sig`),
      tag('app', 'v1'),
      tag('app', 'v2'),
    ]);
    expect(gone(both, 'revision')).toEqual(
      [image.manifest, signature.manifest].map((digest) => revision('app', digest)).sort(),
    );
  });

  it('takes nothing from a repository of the same image, nor from one nested in it', async () => {
    const store = new Store();
    const image = smallImage(store, 'team', 'a', ['v1']);
    store.revision('copy', image.manifest).tag('copy', 'v1', image.manifest);
    smallImage(store, 'team/app', 'b', ['v1']);
    store.layer('team/dead', 'an old layer');
    const result = await removing(store, 'team');
    expect(gone(result, 'blob', 'layer-link')).toEqual([]);
    expect(gone(result, 'repository')).toEqual([
      'repository repositories/team/_layers',
      'repository repositories/team/_manifests',
    ]);
    expect(gone(result, 'tag', 'revision')).toEqual([
      revision('team', image.manifest),
      tag('team', 'v1'),
    ]);
  });

  it('goes with its young layer links only where they belong to what goes', async () => {
    const store = new Store();
    store.at(NOW * 1000);
    smallImage(store, 'app', 'a', ['v1']);
    const emptied = await removing(store, 'app:v1');
    expect(gone(emptied, 'repository')).toEqual(['repository repositories/app']);
    expect(gone(emptied, 'blob')).toEqual([]);
    store.layer('app', 'a push whose manifest is still to come');
    expect(gone(await removing(store, 'app:v1'), 'repository')).toEqual([]);
    expect(gone(await removing(store, 'app'), 'repository')).toEqual([
      'repository repositories/app',
    ]);
  });

  it('leaves a repository in which an upload is under way', async () => {
    const store = new Store();
    smallImage(store, 'app', 'a', ['v1']);
    store.at(NOW * 1000).upload('app', 'u', 'data');
    for (const name of ['app', 'app:v1']) {
      const result = await removing(store, name);
      expect(gone(result, 'tag', 'repository')).toEqual([tag('app', 'v1')]);
    }
  });

  it('in a damaged repository takes only the damage, or all of it', async () => {
    const store = new Store();
    const broken = smallImage(store, 'app', 'broken', ['broken', 'also']);
    const sound = smallImage(store, 'app', 'sound', ['sound']);
    const index = store.manifest('app', indexJson([broken.manifest, sound.manifest]), 'list');
    store.file(layout.blobDataPath(broken.manifest), 'something else');
    store.file(`${layout.tagHistoryPath('app', 'lost', sound.manifest)}/link`, sound.manifest);
    store.file(`${layout.tagCurrentPath('app', 'bad')}/link`, 'nonsense');
    expect((await removing(store, 'app:sound')).obstacles).toEqual(['facts app:sound']);
    expect((await removing(store, 'app:lost', 'app:bad')).lines).toEqual([
      tag('app', 'bad'),
      tag('app', 'lost'),
    ]);
    const list = await removing(store, 'app:list', 'app:broken', 'app:also');
    expect(gone(list, 'tag', 'revision')).toEqual(
      [
        tag('app', 'also'),
        tag('app', 'broken'),
        tag('app', 'list'),
        revision('app', index),
        revision('app', broken.manifest),
      ].sort(),
    );
    expect(gone(list, 'blob', 'layer-link', 'repository')).toEqual(
      [`blob ${layout.blobPath(index)}`, `blob ${layout.blobPath(broken.manifest)}`].sort(),
    );
    const whole = await removing(store, 'app');
    expect(gone(whole, 'repository')).toEqual(['repository repositories/app']);
    expect(gone(whole, 'tag')).toHaveLength(6);
  });

  it('takes nothing through a symbolic link', async () => {
    const store = new Store();
    smallImage(store, 'app', 'a', ['v1']);
    store.symlink('repositories/linked', '/r/docker/registry/v2/repositories/app');
    const result = await removing(store, 'linked:v1');
    expect(result.obstacles).toEqual(['facts linked']);
    expect(result.lines).toEqual([]);
  });

  it('tells what is not there', async () => {
    const store = new Store();
    smallImage(store, 'app', 'a', ['v1']);
    const image = smallImage(store, 'other', 'b', ['v1']);
    const result = await removing(
      store,
      'app:v1',
      'ap',
      'x/**',
      'app:v2',
      '*:zz*',
      'none*',
      `app@${image.manifest}`,
    );
    expect(result.missing).toEqual([
      'repository ap',
      'repository x/**',
      'tag app:v2',
      'tag *:zz*',
      'repository none*',
      `manifest app@${image.manifest}`,
    ]);
  });

  it('does not keep digests in use from being digests in use', async () => {
    const store = new Store();
    const image = smallImage(store, 'app', 'a', ['v1']);
    const facts = await store.facts();
    const { named } = resolveTargets(facts, [target('app')]);
    const { removals, touched } = namedRemovals(facts, named, { now: NOW, minAge: DAY });
    const keepDigests = new Set([image.manifest]);
    const options = marking({ kinds: KINDS, removals, keepDigests });
    const marks = mark(facts, { ...options, confined: { repositories: touched } });
    const lines = [...planActions(facts, marks)].map(({ kind, path }) => `${kind} ${path}`);
    expect(lines).toEqual([tag('app', 'v1')]);
    expect(OLD).toBeLessThan(NOW - DAY);
  });
});
