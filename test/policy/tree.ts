import { createFsFromVolume, Volume } from 'memfs';
import { readFacts } from '../../src/facts/read.js';
import type { Facts } from '../../src/facts/types.js';
import { DiskReader, type SyncFs } from '../../src/storage/disk-reader.js';
import * as layout from '../../src/storage/layout.js';
import {
  cosignSignature,
  type Image,
  manifestList,
  ociImage,
  ociIndex,
  referrer,
} from '../harness/images.js';
import { type BuilderFs, TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { DAY, NOW } from './helpers.js';

/** A registry in memory, filled with pushes of a known age. */
export class Tree {
  readonly #fs = createFsFromVolume(new Volume());
  readonly builder = new TreeBuilder('/r', this.#fs as unknown as BuilderFs);
  readonly random = new Random(7);

  /** Pushes `days` ago. */
  push(days: number, repository: string, image: Image, ...tags: string[]): string {
    return this.builder.at((NOW - days * DAY) * 1000).push(repository, image, ...tags);
  }

  read(): Promise<Facts> {
    const v2 = `/r/${layout.V2}`;
    const tree = {
      rootDirectory: '/r',
      v2,
      device: 0,
      inode: '1',
      filesystemId: 'mem',
      viaSymlink: false,
    };
    const reader = new DiskReader(v2, this.#fs as unknown as SyncFs);
    return readFacts(tree, { ageBy: 'mtime', now: NOW, minAge: DAY, keepFindings: 10, reader });
  }
}

/** Two releases, each a list of two platforms with a signature and a referrer of it. */
export function releases(tree: Tree): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, days] of [
    ['old', 90],
    ['new', 10],
  ] as const) {
    const children = [ociImage(tree.random), ociImage(tree.random)];
    const list = manifestList(children);
    const { tag, image } = cosignSignature(tree.random, list);
    const about = referrer(tree.random, list);
    const fallback = ociIndex([about]);
    out[name] = tree.push(days, 'app', list, `v-${name}`);
    out[`${name}/1`] = children[0]!.manifest.digest;
    out[`${name}/2`] = children[1]!.manifest.digest;
    out[`${name}/sig`] = tree.push(days - 1, 'app', image, tag);
    out[`${name}/ref`] = about.manifest.digest;
    out[`${name}/back`] = tree.push(days - 2, 'app', fallback, tag.replace('.sig', ''));
  }
  return out;
}
