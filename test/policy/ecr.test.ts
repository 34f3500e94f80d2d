import { describe, expect, it } from 'vitest';
import type { ImageView } from '../../src/policy/index.js';
import { decideImages } from '../../src/policy/index.js';
import { rows } from './ecr-rows.js';
import { DAY, digestFor, ecr, expiring, image, keep, NOW, outcome } from './helpers.js';

describe('ECR rules', () => {
  it.each(rows)('$says', ({ rules, images, expires }) => {
    const names = Object.keys(images);
    const views = names.map((name) => {
      const [days, ...tags] = images[name]!;
      return image(name, days, tags);
    });
    expect(expiring(ecr(...rules), views, names)).toEqual([...expires].sort());
  });

  it('gives each image its rule as the reason, and where its time is from', () => {
    const policy = ecr(
      { priority: 10, status: 'untagged', days: 14, description: 'expire untagged after 14 days' },
      { priority: 20, prefixes: ['v'], count: 1 },
    );
    const views = [
      image('a', 20),
      image('b', 3, ['v2']),
      image('c', 4, ['v1']),
      image('d', 5, ['x']),
    ];
    const [a, b, c, d] = views as [ImageView, ImageView, ImageView, ImageView];
    const common = { follower: false };
    const within = 'within rule 20: tagged v*, more than 1 images';
    expect(decideImages(policy, 'app', views, NOW)).toEqual([
      { image: b, action: 'keep', reason: within, timeSource: 'tag-link', ...common },
      {
        image: c,
        action: 'expire',
        reason: within.slice(7),
        rule: 20,
        timeSource: 'tag-link',
        ...common,
      },
      { image: d, action: 'keep', reason: 'no rule selects it', timeSource: 'tag-link', ...common },
      {
        image: a,
        action: 'expire',
        reason: 'rule 10: "expire untagged after 14 days"',
        rule: 10,
        timeSource: 'revision-link',
        ...common,
      },
    ]);
  });

  it('keeps what has no known push time, and does not count it', () => {
    const views = [
      image('a', 0, ['v1'], { pushedAt: 0 }),
      image('b', 2, ['v2']),
      image('c', 3, ['v3']),
    ];
    expect(
      outcome(ecr({ priority: 1, prefixes: ['v'], count: 1 }), views, ['a', 'b', 'c']),
    ).toEqual({
      a: 'keep: its push time is unknown',
      b: 'keep: within rule 1: tagged v*, more than 1 images',
      c: 'expire: rule 1: tagged v*, more than 1 images',
    });
  });

  it('leaves the last image, the youngest tagged one, unless told otherwise', () => {
    const policy = ecr({ priority: 1, status: 'any', days: 1 });
    const views = [image('a', 9, ['v1']), image('b', 8, ['v2']), image('c', 7)];
    const names = ['a', 'b', 'c'];
    expect(expiring(policy, views, names)).toEqual(['a', 'c']);
    expect(expiring(policy, views, names, { allowEmpty: true })).toEqual(names);
    expect(expiring(policy, [image('a', 9), image('b', 8)], ['a', 'b'])).toEqual(['a']);
  });

  it('does not count a kept untagged image as the last tagged one', () => {
    const policy = ecr({ priority: 1, patterns: ['*'], days: 1 });
    const views = [image('a', 9, ['v1']), image('b', 8)];
    expect(outcome(policy, views, ['a', 'b'])).toEqual({
      a: 'keep: the last image of the repository; to expire it too, add --allow-empty',
      b: 'keep: no rule selects it',
    });
  });

  it('expires nothing where most push times are equal, unless they are trusted', () => {
    const policy = ecr({ priority: 1, status: 'any', days: 1 });
    const views = ['a', 'b', 'c', 'd'].map((name) => image(name, 9, [name]));
    views.push(image('e', 0.1, ['e']), image('f', 0.2, ['f']));
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(expiring(policy, views, names)).toEqual([]);
    expect(expiring(policy, views, names, { trustMtimes: true })).toEqual(['a', 'b', 'c', 'd']);
    expect(
      expiring(policy, [image('a', 9, ['x']), image('b', 0, ['y'])], ['a', 'b'], {
        timesSuspicious: true,
      }),
    ).toEqual([]);
  });

  it('tells images of one second apart by their tags, where the times are trusted', () => {
    const tags = ['v9', 'v10', 'v2', 'v1'];
    const views = tags.map((tag) => image(tag, 40, [tag]));
    const trust = { trustMtimes: true };
    const byCount = ecr({ priority: 1, prefixes: ['v'], count: 2 });
    expect(expiring(byCount, views, tags)).toEqual([]);
    expect(expiring(byCount, views, tags, trust)).toEqual(['v1', 'v2']);
    const byAge = ecr({ priority: 1, prefixes: ['v'], days: 30 });
    expect(expiring(byAge, views, tags, trust)).toEqual(['v1', 'v2', 'v9']);
    expect(expiring(keep('keepLast: 3'), views, tags, trust)).toEqual(['v1']);
    const created = views.map((view) => ({ ...view, createdAt: NOW - 40 * DAY }));
    expect(expiring(keep('keepLast: 3, ageBy: created'), created, tags, trust)).toEqual([]);
  });

  it('is quick with patterns made to be slow', () => {
    const policy = ecr({ priority: 1, patterns: ['*a*a*a*b'], days: 1 });
    const views = Array.from({ length: 2000 }, (_, i) => ({
      digest: digestFor(`n${i}`),
      tags: ['a'.repeat(128)],
      pushedAt: NOW - DAY * (2 + i),
    }));
    const started = performance.now();
    expect(
      decideImages(policy, 'app', views, NOW).filter(({ action }) => action === 'expire'),
    ).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
