import { describe, expect, it } from 'vitest';
import { digestFor, ecr, image, keep, outcome } from './helpers.js';

const hex = (name: string) => digestFor(name).slice('sha256:'.length);
const oldest = ecr({ priority: 1, prefixes: ['v'], count: 1, description: 'one' });
const untagged = ecr({ priority: 1, status: 'untagged', days: 1, description: 'old' });

describe('children of an index', () => {
  it('are never counted, and go with their only parent', () => {
    const images = [
      image('old', 9, ['v1'], { children: [digestFor('x'), digestFor('y')] }),
      image('new', 1, ['v2'], { children: [digestFor('z')] }),
      image('x', 9.1),
      image('y', 9.2),
      image('z', 30),
    ];
    const follows = `expire: follows ${digestFor('old')}: rule 1: "one"`;
    expect(outcome(oldest, images, ['old', 'new', 'x', 'y', 'z'])).toEqual({
      old: 'expire: rule 1: "one"',
      new: 'keep: within rule 1: "one"',
      x: follows,
      y: follows,
      z: 'keep: belongs to an image that is kept or missing',
    });
    expect(outcome(untagged, images, ['x', 'z'])).toEqual({
      x: 'keep: belongs to an image that is kept or missing',
      z: 'keep: belongs to an image that is kept or missing',
    });
  });

  it('stay as long as one parent stays', () => {
    const images = [
      image('old', 9, ['v1'], { children: [digestFor('x')] }),
      image('new', 1, ['v2'], { children: [digestFor('x')] }),
      image('x', 9.1),
    ];
    expect(outcome(oldest, images, ['old', 'x'])).toEqual({
      old: 'expire: rule 1: "one"',
      x: 'keep: belongs to an image that is kept or missing',
    });
  });

  it('with tags of their own go only by the rule that takes the parent', () => {
    const child = { children: ['x', 'y', 'z', 'w'].map(digestFor) };
    const images = [
      image('old', 9, ['v1'], child),
      image('new', 1, ['v2']),
      image('x', 9.1, ['v1-amd64']),
      image('y', 9.2, ['stable-arm64']),
      image('z', 9.3, ['prod', 'v1-s390x']),
      image('w', 1, ['v1-386']),
    ];
    const policy = ecr(
      { priority: 1, prefixes: ['prod'], count: 9, description: 'prod' },
      { priority: 2, prefixes: ['v'], days: 3, description: 'old' },
    );
    const other = 'keep: has other tags, which the rule that expires its parent does not select';
    expect(outcome(policy, images, ['old', 'x', 'y', 'z', 'w'])).toEqual({
      old: 'expire: rule 2: "old"',
      x: `expire: follows ${digestFor('old')}: rule 2: "old"`,
      y: other,
      z: other,
      w: 'keep: within rule 2: "old"',
    });
  });

  it('with tags of their own stay where a keep entry would keep them alone', () => {
    const images = [
      image('old', 9, ['v1'], { children: ['x', 'y', 'z'].map(digestFor) }),
      image('new', 1, ['v2']),
      image('x', 9.1, ['v1-amd64']),
      image('y', 9.2, ['stable-arm64']),
      image('z', 0.5, ['v1-386']),
    ];
    const policy = keep('keepLast: 1, keepTags: ["stable*"], keepWithin: 2d');
    expect(outcome(policy, images, ['old', 'x', 'y', 'z'])).toEqual({
      old: 'expire: not kept by keepLast 1, keepWithin 2d, keepTags stable*',
      x: `expire: follows ${digestFor('old')}: not kept by keepLast 1, keepWithin 2d, keepTags stable*`,
      y: 'keep: keepTags: stable-arm64',
      z: 'keep: keepWithin: 2d',
    });
  });

  it.each([
    ['a keep entry', keep('keepLast: 1'), 'keepLast: 1'],
    [
      'a rule of AWS',
      ecr({ priority: 1, status: 'any', count: 1, description: 'one' }),
      'within rule 1: "one"',
    ],
  ])('with tags of their own stay where a count would keep them: %s', (_, policy, reason) => {
    const images = [
      image('multi', 30, ['v1'], { children: ['latest', 'older'].map(digestFor) }),
      image('nine', 10, ['v9']),
      image('latest', 2, ['newest']),
      image('older', 12, ['v1-arm64']),
    ];
    expect(outcome(policy, images, ['multi', 'nine', 'latest', 'older'])).toMatchObject({
      multi: expect.stringMatching(/^expire/),
      nine: expect.stringMatching(/^keep/),
      latest: `keep: ${reason}`,
      older: expect.stringMatching(/^expire/),
    });
  });

  it('that are protected stay, and so does what follows them', () => {
    const images = [
      image('old', 9, ['v1'], { children: [digestFor('x')] }),
      image('new', 1, ['v2']),
      image('x', 9.1),
      image('sig', 9.2, [`sha256-${hex('x')}.sig`]),
    ];
    const policy = keep('keepLast: 1', `{ digests: ["${digestFor('x')}"] }`);
    expect(outcome(policy, images, ['old', 'x', 'sig'])).toEqual({
      old: 'expire: not kept by keepLast 1',
      x: 'keep: protect: its digest',
      sig: 'keep: belongs to an image that is kept or missing',
    });
  });

  it('go with nested indexes, but not where references form a cycle', () => {
    const images = [
      image('old', 9, ['v1'], { children: [digestFor('x')] }),
      image('new', 1, ['v2']),
      image('x', 9.1, [], { children: [digestFor('y')] }),
      image('y', 9.2),
      image('p', 20, [], { children: [digestFor('q')] }),
      image('q', 21, [], { children: [digestFor('p')] }),
      image('self', 22, ['v0'], { children: [digestFor('self')] }),
    ];
    expect(outcome(oldest, images, ['x', 'y', 'p', 'q', 'self'])).toEqual({
      x: `expire: follows ${digestFor('old')}: rule 1: "one"`,
      y: `expire: follows ${digestFor('x')}: rule 1: "one"`,
      p: 'keep: belongs to an image that is kept or missing',
      q: 'keep: belongs to an image that is kept or missing',
      self: 'expire: rule 1: "one"',
    });
  });

  it('of a chain ten thousand deep go without recursion', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `n${i}`);
    const images = names.map((name, i) =>
      image(name, 9 + i / 10_000, i === 0 ? ['v1'] : [], { children: [digestFor(`n${i + 1}`)] }),
    );
    images.push(image('new', 1, ['v2']));
    const last = names.at(-1)!;
    expect(outcome(oldest, images, [last])).toEqual({
      [last]: `expire: follows ${digestFor('n9998')}: rule 1: "one"`,
    });
  });

  it('of something damaged stay, as the damaged one does', () => {
    const images = [
      image('old', 9, ['v1'], { children: [digestFor('x')], pinned: 'damaged' }),
      image('new', 2, ['v2']),
      image('newer', 1, ['v3']),
      image('x', 9.1),
      image('ref', 1.5, [], { attachedTo: [digestFor('new')], pinned: 'damaged too' }),
    ];
    expect(outcome(oldest, images, ['old', 'new', 'x', 'ref'])).toEqual({
      old: 'keep: damaged',
      new: 'expire: rule 1: "one"',
      ref: 'keep: damaged too',
      x: 'keep: belongs to an image that is kept or missing',
    });
  });
});

describe('referrers', () => {
  it('go with their subject: subject fields, cosign tags, fallback indexes', () => {
    const tags = (name: string) => ({
      [`sig-${name}`]: [`sha256-${hex(name)}.sig`],
      [`att-${name}`]: [`sha256-${hex(name)}.att`],
      [`sbom-${name}`]: [`sha256-${hex(name)}.sbom`],
    });
    const family = (name: string, days: number, tag: string) => [
      image(name, days, [tag]),
      ...Object.entries(tags(name)).map(([key, list], i) => image(key, days - 0.1 * (i + 1), list)),
      image(`ref-${name}`, days - 0.4, [], { attachedTo: [digestFor(name)] }),
      image(`back-${name}`, days - 0.5, [`sha256-${hex(name)}`], {
        children: [digestFor(`ref-${name}`)],
      }),
    ];
    const images = [...family('old', 9, 'v1'), ...family('new', 5, 'v2')];
    const kinds = ['sig', 'att', 'sbom', 'ref', 'back'];
    const of = (name: string) => kinds.map((kind) => `${kind}-${name}`);
    const got = outcome(oldest, images, ['old', ...of('old'), 'new', ...of('new')]);
    const gone = `expire: follows ${digestFor('old')}: rule 1: "one"`;
    const first = [digestFor('old'), digestFor('back-old')].sort()[0];
    expect(got).toEqual({
      old: 'expire: rule 1: "one"',
      'sig-old': gone,
      'att-old': gone,
      'sbom-old': gone,
      'back-old': gone,
      'ref-old': `expire: follows ${first}: rule 1: "one"`,
      new: 'keep: within rule 1: "one"',
      ...Object.fromEntries(
        of('new').map((name) => [name, 'keep: belongs to an image that is kept or missing']),
      ),
    });
  });

  it('are never counted and never expire for their own sake', () => {
    const images = [
      image('new', 5, ['v1']),
      image('sig', 1, [`sha256-${hex('absent')}.sig`]),
      image('ref', 90, [], { attachedTo: [digestFor('absent')] }),
    ];
    const policy = ecr({ priority: 1, status: 'any', count: 1, description: 'one' });
    expect(outcome(policy, images, ['new', 'sig', 'ref'])).toEqual({
      new: 'keep: within rule 1: "one"',
      sig: 'keep: belongs to an image that is kept or missing',
      ref: 'keep: belongs to an image that is kept or missing',
    });
  });

  it('of several subjects stay with any of them', () => {
    const sbom = [`sha256-${hex('old')}.sbom`, `sha256-${hex('new')}.sbom`];
    const images = [image('old', 9, ['v1']), image('new', 5, ['v2']), image('sbom', 9, sbom)];
    expect(outcome(oldest, images, ['old', 'sbom'])).toEqual({
      old: 'expire: rule 1: "one"',
      sbom: 'keep: belongs to an image that is kept or missing',
    });
  });

  it('do not keep their subject', () => {
    const images = [
      image('old', 9, ['v1']),
      image('new', 5, ['v2']),
      image('ref', 1, ['prod'], { attachedTo: [digestFor('old')] }),
    ];
    expect(outcome(oldest, images, ['old', 'ref'])).toEqual({
      old: 'expire: rule 1: "one"',
      ref: 'keep: has other tags, which the rule that expires its parent does not select',
    });
  });
});
