/** From a tree to what the mark takes out: read by the real scan, in memory. */
import { describe, expect, it } from 'vitest';
import { type Facts, digestOf as factsDigest } from '../../src/facts/types.js';
import { ACTION_KINDS } from '../../src/graph/action-kinds.js';
import { mark } from '../../src/graph/mark/mark.js';
import {
  decideAll,
  imagesOf,
  needsCreationTimes,
  type Policy,
  previewOf,
  removalsFrom,
} from '../../src/policy/index.js';
import type { Digest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import {
  cosignSignature,
  type Image,
  manifestList,
  ociImage,
  ociIndex,
  referrer,
} from '../harness/images.js';
import { digestOf } from '../harness/offline.js';
import { DAY, ecr, keep, NOW } from './helpers.js';
import { releases, Tree } from './tree.js';

const namesOf = (names: Record<string, string>, digests: readonly string[]): string[] =>
  digests
    .map((digest) => Object.keys(names).find((name) => names[name] === digest) ?? digest)
    .sort();

/** Paths of the tags and revisions that the mark lets go. */
function taken(facts: Facts, policy: Policy): string[] {
  const marks = mark(facts, {
    now: NOW,
    minAge: DAY,
    deleteUntagged: false,
    allowTagless: false,
    inScope: () => true,
    kinds: new Set(ACTION_KINDS),
    keepDigests: new Set(),
    removals: removalsFrom(decideAll(policy, facts, NOW)),
  });
  return facts.repositories.flatMap(({ name, tags, revisions }, i) => {
    const { removedTags, removedRevisions } = marks.repositories[i]!;
    return [
      ...[...removedTags].map((at) => layout.tagPath(name, tags.names[at]!)),
      ...[...removedRevisions].map((at) =>
        layout.revisionPath(name, factsDigest(facts, revisions.node[at]!)),
      ),
    ];
  });
}

const onlyNewest = ecr({ priority: 1, patterns: ['v*'], count: 1, description: 'newest only' });

describe('a policy over a tree', () => {
  it('takes a release with all that belongs to it, and nothing of the other', async () => {
    const tree = new Tree();
    const names = releases(tree);
    const facts = await tree.read();
    const rows = [...previewOf(decideAll(onlyNewest, facts, NOW))];
    const gone = ['old', 'old/1', 'old/2', 'old/back', 'old/ref', 'old/sig'];
    expect(
      namesOf(
        names,
        rows.map(({ digest }) => digest),
      ),
    ).toEqual(gone);
    const hex = names.old!.slice('sha256:'.length);
    expect(rows.find(({ digest }) => digest === names.old)).toEqual({
      repository: 'app',
      digest: names.old,
      tags: ['v-old'],
      time: NOW - 90 * DAY,
      timeSource: 'tag-link',
      rule: 1,
      reason: 'rule 1: "newest only"',
      follower: false,
    });
    expect(rows.find(({ digest }) => digest === names['old/sig'])).toEqual({
      repository: 'app',
      digest: names['old/sig'],
      tags: [`sha256-${hex}.sig`],
      time: NOW - 89 * DAY,
      timeSource: 'tag-link',
      rule: 1,
      reason: `follows ${names.old}: rule 1: "newest only"`,
      follower: true,
    });
    expect(taken(facts, onlyNewest).sort()).toEqual(
      [
        ...['v-old', `sha256-${hex}`, `sha256-${hex}.sig`].map((tag) => layout.tagPath('app', tag)),
        ...gone.map((name) => layout.revisionPath('app', names[name] as never)),
      ].sort(),
    );
  });

  it('leaves what is protected or runs, by image ID too, with its tags', async () => {
    const tree = new Tree();
    const [old, older, gone] = [
      ociImage(tree.random),
      ociImage(tree.random),
      ociImage(tree.random),
    ];
    tree.push(60, 'app', old, 'v1');
    tree.push(70, 'app', older, 'v0');
    tree.push(80, 'app', gone, 'v00');
    tree.push(9, 'app', ociImage(tree.random), 'v2');
    const facts = await tree.read();
    const imageId = (image: Image) => image.blobs[0]!.digest as Digest;
    const policy = keep('keepLast: 1', `{ digests: ["${imageId(old)}"] }`);
    const decided = [...decideAll(policy, facts, NOW, { keepDigests: [imageId(older)] })];
    const reasons = decided[0]!.decisions.map(({ image, reason }) => [image.tags[0], reason]);
    expect(Object.fromEntries(reasons)).toEqual({
      v1: 'protect: its digest',
      v0: 'it is listed in --keep-digests',
      v00: 'not kept by keepLast 1',
      v2: 'keepLast: 1',
    });
  });

  it('leaves the signatures and referrers of a platform with its release', async () => {
    const tree = new Tree();
    const child = ociImage(tree.random);
    const { tag, image } = cosignSignature(tree.random, child);
    const names = {
      old: tree.push(60, 'app', manifestList([child]), 'v1'),
      child: child.manifest.digest,
      sig: tree.push(59, 'app', image, tag),
      new: tree.push(9, 'app', ociImage(tree.random), 'v2'),
    };
    const facts = await tree.read();
    const untagged = ecr({ priority: 1, status: 'untagged', days: 1 });
    expect([...previewOf(decideAll(untagged, facts, NOW))]).toEqual([]);
    const rows = [...previewOf(decideAll(onlyNewest, facts, NOW))];
    expect(
      namesOf(
        names,
        rows.map(({ digest }) => digest),
      ),
    ).toEqual(['child', 'old', 'sig']);
  });

  it('sees times and relations as they are on the disk', async () => {
    const tree = new Tree();
    const image = ociImage(tree.random);
    const about = referrer(tree.random, image);
    const untagged = ociImage(tree.random);
    const digest = tree.push(50, 'app', image, 'a', 'c');
    tree.builder.at((NOW - 20 * DAY) * 1000).tag('app', 'b', digest as never);
    tree.push(40, 'app', about);
    tree.push(45, 'app', untagged, 'aa');
    tree.builder.at((NOW - 5 * DAY) * 1000).tag('app', 'aa', digest as never);
    const views = imagesOf(await tree.read(), 0, (asked) => (asked === digest ? 77 : undefined));
    const days = (n: number) => NOW - n * DAY;
    const expected = [
      {
        digest,
        tags: ['a', 'aa', 'b', 'c'],
        pushedAt: days(5),
        touchedAt: days(5),
        createdAt: 77,
      },
      {
        digest: about.manifest.digest,
        tags: [],
        pushedAt: days(40),
        touchedAt: days(40),
        attachedTo: [digest],
      },
      { digest: untagged.manifest.digest, tags: [], pushedAt: days(45), touchedAt: days(5) },
    ];
    const byDigest = (a: { digest: string }, b: { digest: string }) =>
      a.digest < b.digest ? -1 : 1;
    expect(views.sort(byDigest)).toEqual(expected.sort(byDigest));
  });

  it('takes an index that is about what it lists with its subject', async () => {
    const tree = new Tree();
    const image = ociImage(tree.random);
    const { digest, mediaType, bytes } = image.manifest;
    const about = ociIndex([image], { subject: { mediaType, digest, size: bytes.length } });
    const names = {
      old: tree.push(50, 'app', image, 'v1'),
      about: tree.push(49, 'app', about),
      new: tree.push(9, 'app', ociImage(tree.random), 'v2'),
    };
    tree.builder.at((NOW - 50 * DAY) * 1000).revision('app', digest as never);
    const facts = await tree.read();
    const rows = [...previewOf(decideAll(onlyNewest, facts, NOW))];
    expect(
      namesOf(
        names,
        rows.map((row) => row.digest),
      ),
    ).toEqual(['about', 'old']);
  });

  it('keeps what is younger than --min-age, counted from when it lost its tag', async () => {
    const tree = new Tree();
    const [first, second, third] = [1, 2, 3].map(() => ociImage(tree.random)) as [
      Image,
      Image,
      Image,
    ];
    const names = {
      first: tree.push(50, 'app', first, 'latest'),
      second: tree.push(20, 'app', second, 'latest'),
      third: tree.push(0.1, 'app', third, 'latest'),
    };
    const facts = await tree.read();
    const untagged = ecr({ priority: 1, status: 'untagged', days: 1, description: 'old' });
    const reasons = (minAge: number) =>
      Object.fromEntries(
        [...decideAll(untagged, facts, NOW, { minAge })]
          .flatMap(({ decisions }) => decisions)
          .map(({ image, action, reason }) => [
            namesOf(names, [image.digest])[0],
            `${action}: ${reason}`,
          ]),
      );
    const kept = 'keep: newer than --min-age 1d';
    expect(reasons(DAY)).toEqual({ first: kept, second: kept, third: kept });
    expect(reasons(0)).toEqual({
      first: 'expire: rule 1: "old"',
      second: 'expire: rule 1: "old"',
      third: 'keep: no rule selects it',
    });
  });

  it('touches nothing in a repository that is kept whole, or out of scope', async () => {
    const tree = new Tree();
    for (const name of ['bad', 'good', 'other']) {
      for (const days of [30, 20, 10]) tree.push(days, name, ociImage(tree.random), `v${days}`);
    }
    tree.builder.file(`${layout.tagCurrentPath('bad', 'v10')}/link`, 'no digest');
    const facts = await tree.read();
    const inScope = (name: string) => name !== 'other';
    const all = [...decideAll(onlyNewest, facts, NOW, { inScope })];
    const reasons = (name: string) => [
      ...new Set(
        all.find(({ repository }) => repository === name)?.decisions.map(({ reason }) => reason),
      ),
    ];
    expect(all.map(({ repository, entry }) => [repository, entry])).toEqual([
      ['bad', 'policy.json:1:1'],
      ['good', 'policy.json:1:1'],
    ]);
    expect(reasons('bad')).toEqual([
      `the repository is kept completely: ${facts.repositories[0]!.keepAllReason}`,
    ]);
    expect([...previewOf(all)].map(({ repository, tags }) => [repository, tags])).toEqual([
      ['good', ['v20']],
      ['good', ['v30']],
    ]);
  });

  it('pins what is damaged, with what it refers to, and does not count it', async () => {
    const tree = new Tree();
    const lost = ociImage(tree.random);
    const list = manifestList([lost]);
    tree.push(30, 'app', lost);
    const digest = tree.builder.at((NOW - 2 * DAY) * 1000).blob(list.manifest.bytes);
    tree.builder.tag('app', 'v9', digest);
    const good = tree.push(5, 'app', ociImage(tree.random), 'v1');
    const older = tree.push(6, 'app', ociImage(tree.random), 'v0');
    const facts = await tree.read();
    const policy = keep('keepLast: 1');
    const got = [...decideAll(policy, facts, NOW)].flatMap(({ decisions }) =>
      decisions.map(({ image, action, reason }) => [image.digest, action, reason]),
    );
    expect(got).toEqual([
      [digest, 'keep', 'its tag points to a manifest that is not linked in this repository'],
      [good, 'keep', 'keepLast: 1'],
      [older, 'expire', 'not kept by keepLast 1'],
      [lost.manifest.digest, 'keep', 'belongs to an image that is kept or missing'],
    ]);
    expect(digest).toBe(digestOf(list.manifest.bytes));
  });

  it('keeps all where the tree’s push times are equal throughout', async () => {
    const tree = new Tree();
    for (const days of [30, 20, 10]) tree.push(days, 'app', ociImage(tree.random), `v${days}`);
    const facts = await tree.read();
    facts.findings.add({ code: 'equal-mtimes', path: 'repositories' });
    expect([...previewOf(decideAll(onlyNewest, facts, NOW))]).toEqual([]);
    expect([...previewOf(decideAll(onlyNewest, facts, NOW, { trustMtimes: true }))]).toHaveLength(
      2,
    );
  });

  it('says whether creation times are needed', () => {
    expect(needsCreationTimes(onlyNewest)).toBe(false);
    expect(needsCreationTimes(keep('keepLast: 1, ageBy: created'))).toBe(true);
  });
});
