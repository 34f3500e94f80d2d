/** What makes a plan refuse to exist, and what lets it exist again. */
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/facts/types.js';
import type { ActionKind } from '../../src/graph/action-kinds.js';
import type { MarkOptions } from '../../src/graph/types.js';
import { checkView, type Limits, refusalError, refusals } from '../../src/plan/check.js';
import { planTotalsOf } from '../../src/plan/totals.js';
import { RegsweepError } from '../../src/util/errors.js';
import { OLD, planOf, removing, Store, smallImage } from '../facts/helpers.js';

const LIMITS: Limits = { maxDelete: 1, allowShrunk: false, unmounted: [] };

function refusal(
  facts: Facts,
  limits: Partial<Limits> = {},
  options: Partial<MarkOptions> = {},
): { code: string; message: string; path: string | undefined; remedy: boolean } | undefined {
  const { marks, actions } = planOf(facts, options);
  try {
    const totals = planTotalsOf(actions.map((action) => ({ action, seen: [] })));
    for (const one of refusals(facts, marks, totals, { ...LIMITS, ...limits }))
      throw refusalError(one);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    const { code, message, path, remedy } = error;
    return { code, message, path, remedy: remedy !== undefined };
  }
}

const refused = (message: RegExp, path?: string) => ({
  code: 'facts-refused',
  message: expect.stringMatching(message),
  path,
  remedy: true,
});

/** 3 blobs live, 1 garbage of the same size as the sum of those. */
function store(): Store {
  const made = new Store();
  smallImage(made, 'app', 'image', ['v1']);
  made.layer('app', 'garbage');
  return made;
}

it('a good plan exists', async () => {
  expect(refusal(await store().facts())).toBeUndefined();
});

it('a tree behind a symbolic link', async () => {
  const facts = await store().facts();
  const tree = { ...facts.tree, viaSymlink: true };
  expect(refusal({ ...facts, tree })).toEqual(refused(/symbolic link/, facts.tree.v2));
});

it('another system’s metadata, even for a plan that does nothing', async () => {
  const facts = await new Store().facts();
  facts.findings.add({ code: 'foreign-metadata', path: '/x', detail: 'GitLab' });
  expect(refusal(facts)).toEqual(refused(/GitLab/, '/x'));
});

it('a mount that is missing', async () => {
  const facts = await store().facts();
  expect(refusal(facts, { unmounted: ['/srv/x'] })).toEqual(
    refused(/configured as a mount but not mounted/, '/srv/x'),
  );
});

describe('a folder that wasn’t seen', () => {
  it('refuses before anything is looked at', async () => {
    const facts = await store().facts();
    const check = (kind: ActionKind): (() => void) => {
      const [action] = planOf(facts).actions;
      return () => checkView(facts, [{ ...action!, kind }]);
    };
    expect(check('blob')).not.toThrow();
    facts.findings.add({ code: 'unreadable-folder', path: 'x', detail: 'EIO' });
    expect(check('blob')).toThrow(/could not be listed/);
    expect(check('repository')).toThrow(/could not be listed/);
    expect(check('empty-directory')).not.toThrow();
    expect(() => checkView(facts, [])).not.toThrow();
  });

  it('refuses, unless only empty folders go', async () => {
    const inOrder = new Store();
    smallImage(inOrder, 'app', 'image', ['v1']);
    for (const [made, expected] of [
      [store(), refused(/could not be listed/, 'x')],
      [inOrder.folder('blobs/sha256/00'), undefined],
      [new Store().folder('blobs/sha256/00'), refused(/could not be listed/, 'x')],
    ] as const) {
      const facts = await made.facts();
      facts.findings.add({ code: 'unreadable-folder', path: 'x', detail: 'EIO' });
      expect(refusal(facts)).toEqual(expected);
    }
  });
});

it('no repository, or no manifest, whatever would go', async () => {
  expect(refusal(await new Store().facts())).toEqual(refused(/has no repository/));
  const blobs = new Store();
  blobs.blob('garbage');
  expect(refusal(await blobs.facts())).toEqual(refused(/has no repository/));
  blobs.folder('repositories/app/_layers/sha256');
  expect(refusal(await blobs.facts())).toEqual(refused(/has no manifest/));
});

describe('a tree that shrank', () => {
  it.each([
    [{ repositories: 1, manifests: 1 }, undefined],
    [{ repositories: 2, manifests: 1 }, /1 repositories and had 2/],
    [{ repositories: 1, manifests: 2 }, /1 manifests and had 2/],
  ])('%j', async (previous, message) => {
    const facts = await store().facts();
    const expected = message === undefined ? undefined : refused(message);
    expect(refusal(facts, { previous })).toEqual(expected);
    expect(refusal(facts, { previous, allowShrunk: true })).toBeUndefined();
  });

  it('by a fifth exactly is still trusted', async () => {
    const made = store();
    for (const name of ['b', 'c', 'd']) smallImage(made, name, name, ['v1']);
    const facts = await made.facts();
    expect(refusal(facts, { previous: { repositories: 5, manifests: 5 } })).toBeUndefined();
    expect(refusal(facts, { previous: { repositories: 6, manifests: 4 } })).toEqual(
      refused(/6 at the last run/),
    );
  });
});

describe('--max-delete', () => {
  it('of the blobs: 1 of 4', async () => {
    const facts = await store().facts();
    expect(refusal(facts, { maxDelete: 0.25 })).toBeUndefined();
    expect(refusal(facts, { maxDelete: 0.249 })).toEqual(refused(/25% of all blobs/));
  });

  it('of the bytes', async () => {
    const made = store();
    made.layer('app', 'x'.repeat(1_000_000));
    const facts = await made.facts();
    expect(refusal(facts, { maxDelete: 0.9 })).toEqual(refused(/of all bytes/));
    expect(refusal(facts, { maxDelete: 1 })).toBeUndefined();
  });

  it('of the bytes of blobs: an upload that goes is none', async () => {
    const made = store();
    made.upload('app', 'id', 'x'.repeat(1_000_000), OLD * 1000);
    const facts = await made.facts();
    expect(planOf(facts).actions.map(({ kind }) => kind)).toContain('upload');
    expect(refusal(facts, { maxDelete: 0.9 })).toBeUndefined();
  });

  it('of one repository’s links, unless it was named', async () => {
    const made = store();
    const { manifest } = smallImage(made, 'other', 'other', ['v1']);
    for (let i = 0; i < 30; i++) smallImage(made, 'app', `more ${i}`);
    const facts = await made.facts();
    const options = { removals: removing('other:v1', `other@${manifest}`) };
    expect(refusal(facts, { maxDelete: 0.9 }, options)).toEqual(
      refused(/100% of the tags and manifests of other/),
    );
    const named = new Set(['other']);
    expect(refusal(facts, { maxDelete: 0.9, named }, options)).toBeUndefined();
  });
});
