/** `--backup DIR`: writes each removed tagged image to an OCI layout first. */
import { digestOf, type Facts, NO_NODE, type Node } from '../../facts/types.js';
import type { Action } from '../../plan/types.js';
import { count, size } from '../../report/style.js';
import type { Digest } from '../../storage/digest.js';
import { printable } from '../../storage/names.js';
import { requireOutside } from '../../storage/outside-tree.js';
import { diskSpace } from '../../util/disk/disk-space.js';
import { RegsweepError } from '../../util/errors.js';
import type { Context } from '../context.js';
import { copyBlob } from './copy-blob.js';
import { descriptorOf, OciLayout } from './oci-layout.js';

interface TaggedImage {
  /** `repo:tag` */
  readonly name: string;
  readonly node: Node;
}

interface Planned {
  readonly facts: Facts;
  readonly actions: Iterable<Action>;
}

/** What `--backup` would write. @throws RegsweepError `usage` if the folder can't be used */
export function backupNote(folder: string, planned: Planned): string {
  const layout = layoutIn(folder, planned.facts);
  const images = imagesThatGo(planned);
  const { bytes } = missingBlobs(planned.facts, layout, images);
  return `--backup ${folder}: ${count(images.length, 'tagged image')}, ${size(bytes)} to write`;
}

/**
 * Copies, verifies by digest, and syncs. Nothing may be removed before it returns.
 * @throws RegsweepError if any part of an image can't be written or doesn't match its digest
 */
export async function backUp(context: Context, folder: string, prepared: Planned): Promise<void> {
  const { facts } = prepared;
  const layout = layoutIn(folder, facts);
  const images = imagesThatGo(prepared);
  const { copies, bytes } = missingBlobs(facts, layout, images);
  layout.make();
  requireRoom(folder, bytes);
  let done = 0;
  for (const { node, digest } of copies) {
    await copyBlob(facts, node, digest, layout.pathOf(digest), context.signal);
    done += facts.blobs.size(node);
    context.progress.update({ stage: 'Backing up images', done, total: bytes, unit: 'bytes' });
  }
  context.progress.stop();
  for (const { name, node } of images) {
    const digest = digestOf(facts, node);
    layout.add(name, await descriptorOf(layout.pathOf(digest), digest));
  }
  layout.write();
  context.log.note(`backup: ${count(images.length, 'image')}, ${size(bytes)} written to ${folder}`);
}

function layoutIn(folder: string, { tree }: Facts): OciLayout {
  requireOutside(tree.rootDirectory, folder, '--backup');
  return new OciLayout(folder);
}

function imagesThatGo({ facts, actions }: Planned): TaggedImage[] {
  const byName = new Map(facts.repositories.map((one) => [one.name, one]));
  const images: TaggedImage[] = [];
  for (const { kind, repository = '', tag } of actions) {
    const facts = byName.get(repository);
    if (facts === undefined) continue;
    const { names, target } = facts.tags;
    if (kind === 'repository') {
      for (const [i, one] of names.entries()) {
        images.push({ name: `${repository}:${one}`, node: target[i]! });
      }
    } else if (kind === 'tag' && tag !== undefined) {
      images.push({ name: `${repository}:${tag}`, node: target[names.indexOf(tag)] ?? NO_NODE });
    }
  }
  const seen = new Set<string>();
  return images.filter(({ name, node }) => node !== NO_NODE && !seen.has(name) && seen.add(name));
}

interface Copy {
  readonly node: Node;
  /** The name in the layout. A manifest may name a layer by another algorithm than it is stored under. */
  readonly digest: Digest;
}

/**
 * Blobs of these images that are on disk and not yet in the layout. Foreign layers have no blob.
 */
function missingBlobs(
  facts: Facts,
  layout: OciLayout,
  images: readonly TaggedImage[],
): { copies: Copy[]; bytes: number } {
  const { blobs, manifests } = facts;
  const all = new Set<Node>();
  const renamed: Copy[] = [];
  for (const { name, node } of images) {
    if (node >= blobs.count) {
      throw new RegsweepError(
        'facts-refused',
        `${printable(name)} can't be backed up: its manifest is missing`,
        {
          remedy: 'do not remove it in this run, or omit --backup',
        },
      );
    }
    all.add(node);
  }
  for (const node of all) {
    for (const next of manifests.references(node)) {
      const stored = next < blobs.count ? next : manifests.storedAs(next);
      if (stored < blobs.count) all.add(stored);
      if (stored < blobs.count && stored !== next) {
        renamed.push({ node: stored, digest: digestOf(facts, next) });
      }
    }
  }
  const named = [...all].map((node) => ({ node, digest: digestOf(facts, node) }));
  const missing = new Map(
    [...named, ...renamed]
      .filter(({ node, digest }) => !layout.has(digest, blobs.size(node)))
      .map((copy) => [copy.digest, copy]),
  );
  const copies = [...missing.values()];
  return { copies, bytes: copies.reduce((sum, { node }) => sum + blobs.size(node), 0) };
}

const SPARE = 16 * 1024 * 1024;

function requireRoom(folder: string, bytes: number): void {
  const { availableBytes } = diskSpace(folder);
  if (availableBytes >= bytes + SPARE) return;
  throw new RegsweepError(
    'failed',
    `--backup ${folder}: not enough space: ${size(bytes)} needed, ${size(availableBytes)} free`,
    { path: folder, remedy: 'choose a folder on another disk; nothing was changed' },
  );
}
