/** Roots, narrowing, and what --delete-untagged, retention and `rm` take out of them. */
import { describe, expect, it } from 'vitest';
import { ACTION_KINDS } from '../../src/graph/action-kinds.js';
import type { MarkOptions } from '../../src/graph/types.js';
import type { Digest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import {
  descriptorOf,
  gone,
  indexJson,
  NOW,
  outcome,
  pathsOf,
  removing,
  Store,
  smallImage,
} from '../facts/helpers.js';

const untagged: Partial<MarkOptions> = { deleteUntagged: true };
const sorted = (...digests: readonly (readonly Digest[])[]): Digest[] => digests.flat().sort();

describe('without --delete-untagged', () => {
  it('every tag and every revision is a root, a layer link none', async () => {
    const store = new Store();
    smallImage(store, 'app', 'tagged', ['v1']);
    smallImage(store, 'app', 'untagged');
    smallImage(store, 'tagless', 'untagged too');
    store.tag('tag-only', 'v1', store.manifest('elsewhere', { layers: [] }));
    const loose = store.layer('app', 'loose');
    const unlinked = store.blob('unlinked');
    expect(gone(await outcome(store))).toEqual(sorted([loose, unlinked]));
  });

  it('a tag without its revision still keeps its image', async () => {
    const store = new Store();
    const { manifest } = smallImage(store, 'app', 'image', ['v1']);
    store.mem.unlinkSync(`${store.v2}/${layout.linkOf(layout.revisionPath('app', manifest))}`);
    expect(gone(await outcome(store, untagged))).toEqual([]);
  });
});

describe('--delete-untagged', () => {
  it('keeps children, referrers, and referrers of referrers; takes the rest', async () => {
    const store = new Store();
    const child = smallImage(store, 'app', 'child');
    const index = store.manifest('app', indexJson([child.manifest]), 'v1');
    const referrer = smallImage(store, 'app', 'referrer', [], { subject: descriptorOf(index) });
    smallImage(store, 'app', 'again', [], { subject: descriptorOf(referrer.manifest) });
    smallImage(store, 'app', 'of child', [], { subject: descriptorOf(child.manifest) });
    const old = smallImage(store, 'app', 'old');
    const of = smallImage(store, 'app', 'of old', [], { subject: descriptorOf(old.manifest) });
    const result = await outcome(store, untagged);
    expect(gone(result)).toEqual(sorted(old.all, of.all));
    expect(pathsOf(result, 'revision')).toEqual(
      [of, old].map(({ manifest }) => layout.revisionPath('app', manifest)),
    );
  });

  it('a referrer does not keep its subject', async () => {
    const store = new Store();
    const subject = smallImage(store, 'app', 'subject');
    smallImage(store, 'app', 'referrer', ['sig'], { subject: descriptorOf(subject.manifest) });
    expect(gone(await outcome(store, untagged))).toEqual(sorted(subject.all));
  });

  it('keeps a repository without tags whole, unless that is allowed', async () => {
    const store = new Store();
    const only = smallImage(store, 'tagless', 'only here');
    const loose = store.layer('tagless', 'loose');
    smallImage(store, 'app', 'image', ['v1']);
    expect((await outcome(store, untagged)).lines).toEqual([]);
    const allowed = await outcome(store, { ...untagged, allowTagless: true });
    expect(gone(allowed)).toEqual(sorted(only.all, [loose]));
  });

  it('what another repository tags stays linked here too', async () => {
    const store = new Store();
    smallImage(store, 'a', 'same', ['v1']);
    smallImage(store, 'b', 'same');
    smallImage(store, 'b', 'other', ['v1']);
    expect((await outcome(store, untagged)).lines).toEqual([]);
  });
});

describe('narrowing keeps more, never less', () => {
  const build = () => {
    const store = new Store();
    const a = smallImage(store, 'a', 'untagged in a');
    const b = smallImage(store, 'b', 'untagged in b');
    for (const name of ['a', 'b']) smallImage(store, name, `tagged in ${name}`, ['v1']);
    const loose = store.layer('a', 'loose');
    return { store, a, b, loose };
  };

  it('--repo: everything elsewhere is a root', async () => {
    const { store, a, b, loose } = build();
    expect(gone(await outcome(store, untagged))).toEqual(sorted(a.all, b.all, [loose]));
    const inB = await outcome(store, { ...untagged, inScope: (name) => name === 'b' });
    expect(gone(inB)).toEqual(sorted(b.all));
    expect(inB.lines.filter((line) => line.includes('repositories/a'))).toEqual([]);
  });

  it.each(['revision', 'layer-link', 'blob'] as const)('--skip %s', async (skipped) => {
    const { store, a, b, loose } = build();
    const kinds = new Set(ACTION_KINDS.filter((kind) => kind !== skipped));
    const result = await outcome(store, { ...untagged, kinds });
    expect(pathsOf(result, skipped)).toEqual([]);
    expect(gone(result)).toEqual(
      { revision: [loose], 'layer-link': sorted([a.manifest, b.manifest]), blob: [] }[skipped],
    );
    if (skipped === 'blob') expect(pathsOf(result, 'layer-link')).toEqual([]);
  });

  it('pinned paths are roots: tags, revisions, layer links, blobs', async () => {
    const { store, a, loose } = build();
    const inner = store.blob('inner');
    const outer = store.blob(JSON.stringify({ layers: [{ digest: inner }] }));
    const pins = [
      layout.revisionPath('a', a.manifest),
      layout.layerPath('a', loose),
      layout.blobPath(outer),
    ];
    const result = await outcome(store, { ...untagged, pinnedPaths: new Set(pins) });
    expect(gone(result).filter((d) => [...a.all, loose, outer].includes(d as Digest))).toEqual([]);
    const removals = removing('a:v1');
    const pinnedPaths = new Set([layout.tagPath('a', 'v1')]);
    expect(pathsOf(await outcome(store, { removals }), 'tag')).toEqual([...pinnedPaths]);
    expect(pathsOf(await outcome(store, { removals, pinnedPaths }), 'tag')).toEqual([]);
  });

  it('--keep-digests keeps a manifest with all it refers to, and its link', async () => {
    const { store, a, b, loose } = build();
    const keepDigests = new Set([a.manifest]);
    const reads = { alsoParse: [a.manifest] };
    const result = await outcome(store, { ...untagged, keepDigests }, reads);
    expect(gone(result)).toEqual(sorted(b.all, [loose]));
    const removals = removing(`a@${a.manifest}`);
    expect(pathsOf(await outcome(store, { removals, keepDigests }, reads), 'revision')).toEqual([]);
    expect(pathsOf(await outcome(store, { removals }), 'revision')).toEqual([
      layout.revisionPath('a', a.manifest),
    ]);
  });

  it('--keep-digests: also what no link knows any more', async () => {
    const { store, loose } = build();
    const lost = store.blob(JSON.stringify({ config: { digest: loose } }));
    const keepDigests = new Set([lost]);
    expect(gone(await outcome(store, { keepDigests }, { alsoParse: [lost] }))).toEqual([]);
    expect(gone(await outcome(store))).toEqual(sorted([loose, lost]));
  });
});

describe('what was chosen to go', () => {
  it('goes from that repository alone', async () => {
    const store = new Store();
    const { manifest } = smallImage(store, 'a', 'same', ['v1']);
    smallImage(store, 'b', 'same', ['v1']);
    const { lines } = await outcome(store, { removals: removing('a:v1', `a@${manifest}`) });
    expect(lines).toEqual([
      'tag repositories/a/_manifests/tags/v1',
      `revision ${layout.revisionPath('a', manifest)}`,
      'repository repositories/a',
    ]);
  });

  it('stays where a tag of its repository leads to it', async () => {
    const store = new Store();
    const child = smallImage(store, 'app', 'child');
    store.manifest('app', indexJson([child.manifest]), 'v1');
    expect((await outcome(store, { removals: removing(`app@${child.manifest}`) })).lines).toEqual(
      [],
    );
  });

  it('a referrer that was chosen in one repository stays in another, -m or not', async () => {
    const store = new Store();
    const subject = ['a', 'b'].map((name) => smallImage(store, name, 'image', ['v1']))[0]!;
    const extra = { subject: descriptorOf(subject.manifest) };
    const referrer = ['a', 'b'].map((name) => smallImage(store, name, 'sbom', [], extra))[0]!;
    for (const deleteUntagged of [false, true]) {
      const removals = removing(`a@${referrer.manifest}`);
      const { lines } = await outcome(store, { deleteUntagged, removals });
      expect(lines).toEqual([`revision ${layout.revisionPath('a', referrer.manifest)}`]);
    }
    const everywhere = removing(`a@${referrer.manifest}`, `b@${referrer.manifest}`);
    expect(gone(await outcome(store, { removals: everywhere }))).toEqual(sorted(referrer.all));
  });

  it('of a young image the links go, and the blobs stay for now', async () => {
    const store = new Store();
    smallImage(store, 'app', 'old', ['v1']);
    store.at(NOW * 1000);
    const { manifest } = smallImage(store, 'app', 'young', ['v2']);
    const removals = removing('app:v2', `app@${manifest}`);
    const { lines } = await outcome(store, { removals });
    expect(lines).toEqual([
      'tag repositories/app/_manifests/tags/v2',
      `revision ${layout.revisionPath('app', manifest)}`,
    ]);
  });
});

it('an image ID among the digests in use keeps the manifests that have this config', async () => {
  const store = new Store();
  smallImage(store, 'app', 'tagged', ['v1']);
  const running = smallImage(store, 'app', 'running');
  const [config] = running.all.filter((digest) => digest !== running.manifest);
  const keepDigests = new Set([config!]);
  expect(gone(await outcome(store, { ...untagged, keepDigests }))).toEqual([]);
  // As the commands do: the config is read like a manifest, and is JSON too.
  const alsoParse = [...keepDigests];
  expect(gone(await outcome(store, { ...untagged, keepDigests }, { alsoParse }))).toEqual([]);
  expect(gone(await outcome(store, untagged))).toEqual(sorted(running.all));
});

it('a digest in use that is a manifest of its own keeps no index that names it', async () => {
  const store = new Store();
  smallImage(store, 'app', 'tagged', ['v1']);
  const running = smallImage(store, 'app', 'running');
  const other = smallImage(store, 'app', 'other');
  const index = store.manifest('app', indexJson([running.manifest, other.manifest]));
  const keepDigests = new Set([running.manifest]);
  const result = await outcome(
    store,
    { ...untagged, keepDigests },
    { alsoParse: [...keepDigests] },
  );
  expect(gone(result)).toEqual(sorted([index, ...other.all]));
});

it('a manifest that can’t be removed keeps what it refers to, though nothing links it', async () => {
  const store = new Store();
  smallImage(store, 'app', 'tagged', ['v1']);
  const lost = smallImage(store, 'app', 'lost');
  const { mem, v2 } = store;
  mem.rmSync(`${v2}/${layout.revisionPath('app', lost.manifest)}`, { recursive: true });
  expect(gone(await outcome(store))).toEqual(sorted(lost.all));
  const prefix = layout.blobPath(lost.manifest).split('/').slice(0, 3).join('/');
  mem.renameSync(`${v2}/${prefix}`, '/elsewhere');
  store.symlink(prefix, '/elsewhere');
  const result = await outcome(store);
  expect(gone(result)).toEqual([]);
  expect(result.facts.findings.codes()).toEqual(['symlinked']);
});

it('a revision link that names another digest stays with both, when either is needed', async () => {
  const store = new Store();
  const tagged = smallImage(store, 'app', 'tagged', ['v1']);
  const other = smallImage(store, 'elsewhere', 'other');
  store.tag('elsewhere', 'x', tagged.manifest);
  const link = layout.linkOf(layout.revisionPath('app', tagged.manifest));
  store.mem.writeFileSync(`${store.v2}/${link}`, other.manifest);
  store.mem.utimesSync(`${store.v2}/${link}`, 1, 1);
  expect(gone(await outcome(store, untagged))).toEqual([]);
});
