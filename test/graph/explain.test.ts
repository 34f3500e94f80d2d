/** Why a digest is kept: the way from a tag to it, where there is one. */
import { describe, expect, it } from 'vitest';
import { explainMark } from '../../src/graph/explain.js';
import { descriptorOf, indexJson, outcome, Store, smallImage } from '../facts/helpers.js';

describe.each([false, true])('the chain, with --delete-untagged %s', (deleteUntagged) => {
  const chainOf = async (store: Store, digest: string): Promise<string[] | undefined> => {
    const { facts, marks } = await outcome(store, { deleteUntagged });
    return explainMark(facts, marks, { digest: digest as never })?.chain.map((step) => step.kind);
  };

  it('leads from the tag over its index to a child and its layer', async () => {
    const store = new Store();
    const child = smallImage(store, 'app', 'child');
    store.manifest('app', indexJson([child.manifest]), 'v1');
    expect(await chainOf(store, child.manifest)).toEqual(['tag', 'reference']);
    expect(await chainOf(store, child.layer)).toEqual(['tag', 'reference', 'reference']);
  });

  it('leads from the tag to a referrer of what it points to', async () => {
    const store = new Store();
    const image = smallImage(store, 'app', 'image', ['v1']);
    const about = { layers: [], subject: descriptorOf(image.manifest) };
    expect(await chainOf(store, store.manifest('app', about))).toEqual(['tag', 'referrer']);
  });

  it('begins at the manifest’s own link where no tag leads to it', async () => {
    const store = new Store();
    smallImage(store, 'app', 'tagged', ['v1']);
    const { manifest } = smallImage(store, 'app', 'untagged');
    expect(await chainOf(store, manifest)).toEqual(deleteUntagged ? [] : ['revision']);
  });
});
