/** The blobs and manifests of the quarantine. They are read once for each scan of the tree. */
import type { Facts } from '../../facts/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { type SweepState, trashItems } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { QuarantinedManifests } from './quarantined-manifests.js';

export interface Quarantine {
  /** Blobs in quarantine. The tree may have some of them, too. */
  readonly blobs: ReadonlySet<Digest>;
  /** Manifests that its tags and revisions name. */
  readonly images: ReadonlySet<Digest>;
  readonly manifests: QuarantinedManifests;
}

const known = new WeakMap<Facts, Promise<Quarantine>>();

/** @param facts of the tree as it is now, with or without the blobs in quarantine */
export function quarantineOf(
  context: Context,
  facts: Facts,
  state: SweepState,
): Promise<Quarantine> {
  let found = known.get(facts);
  if (found === undefined) {
    found = readQuarantine(context, facts, state);
    known.set(facts, found);
  }
  return found;
}

async function readQuarantine(
  context: Context,
  facts: Facts,
  state: SweepState,
): Promise<Quarantine> {
  const blobs = new Set<Digest>();
  const images = new Set<Digest>();
  for (const { kind, digest } of trashItems(state)) {
    const parsed = digest === undefined ? undefined : parseDigest(digest);
    if (parsed === undefined) continue;
    if (kind === 'blob') blobs.add(parsed);
    else if (kind === 'revision' || kind === 'tag') images.add(parsed);
  }
  const manifests = await QuarantinedManifests.read(context, facts, state, images, blobs);
  return { blobs, images, manifests };
}
