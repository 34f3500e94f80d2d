/** Random stores on memfs: shared layers, indexes, referrers, untagged manifests, garbage. */

import type { Facts } from '../../../src/facts/types.js';
import { mark } from '../../../src/graph/mark/mark.js';
import { garbageByRepository } from '../../../src/graph/sizes/garbage.js';
import { usage } from '../../../src/graph/sizes/usage.js';
import type { MarkOptions, Marks } from '../../../src/graph/types.js';
import { analyzeReport } from '../../../src/report/build/analyze.js';
import { type PageInput, pageData } from '../../../src/report/html/model.js';
import type { Digest } from '../../../src/storage/digest.js';
import { imageJson, indexJson, marking, Store } from '../../facts/helpers.js';
import { Random } from '../../harness/random.js';

const REPOSITORIES = ['app', 'app/worker', 'team/api', 'base'];
const TAGS = ['latest', 'v1', 'v2', 'nightly', 'old'];

export function randomStore(seed: number): Store {
  const random = new Random(`page ${seed}`);
  const store = new Store();
  const layers: Digest[] = [];
  const manifests: { repository: string; digest: Digest }[] = [];
  const layer = (repository: string): Digest => {
    if (layers.length > 0 && random.chance(0.4)) {
      const shared = random.pick(layers);
      store.layerLink(repository, shared);
      return shared;
    }
    const made = store.layer(repository, random.bytes(random.between(1, 5000)));
    layers.push(made);
    return made;
  };
  const tags = (): string[] => (random.chance(0.7) ? [random.pick(TAGS)] : []);
  for (let i = 0; i < 30; i++) {
    const repository = random.pick(REPOSITORIES);
    const other = manifests.length > 0 ? random.pick(manifests) : undefined;
    const image = imageJson(layer(repository), [layer(repository), layer(repository)]);
    let json: Record<string, unknown> = image;
    if (other !== undefined && random.chance(0.5)) {
      const referrer = { ...image, subject: { digest: other.digest } };
      json = random.chance(0.5) ? indexJson([other.digest]) : referrer;
    }
    manifests.push({ repository, digest: store.manifest(repository, json, ...tags()) });
    if (random.chance(0.2)) layer(repository);
    if (random.chance(0.2)) store.blob(random.bytes(random.between(1, 3000)));
  }
  return store;
}

export interface Looked extends PageInput {
  readonly facts: Facts;
  readonly marks: Marks;
}

/** Facts, marks and report of a store, as `report` makes them. */
export async function looked(store: Store, options: Partial<MarkOptions> = {}): Promise<Looked> {
  const { now, minAge } = marking(options);
  return reported(await store.facts({ now, minAge, ageBy: 'mtime' }), options);
}

export function reported(facts: Facts, options: Partial<MarkOptions> = {}): Looked {
  const marks = mark(facts, marking(options));
  const report = analyzeReport({
    facts,
    marks,
    usage: usage(facts, marks),
    garbage: garbageByRepository(facts, marks),
    filesystem: { bytes: 1000, freeBytes: 10 },
    quarantined: { runs: 1, bytes: 70, diskBytes: 80 },
    run: { scannedAt: '2024-01-11T00:00:00Z', durationMs: 1, version: '0' },
    shows: () => true,
    details: false,
  });
  return { facts, marks, report };
}

export const page = async (store: Store, options: Partial<MarkOptions> = {}) =>
  pageData(await looked(store, options));
