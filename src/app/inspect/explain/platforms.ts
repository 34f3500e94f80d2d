/** `explain --platform`: the platforms of an image, each with its layers. */
import { type Facts, nodeOf } from '../../../facts/types.js';
import type { PlatformRow } from '../../../report/model/model.js';
import { type Digest, parseDigest } from '../../../storage/digest.js';
import { DiskReader } from '../../../storage/disk-reader.js';
import { blobDataPath } from '../../../storage/layout.js';

const LARGEST = 4 * 1024 * 1024;

type Data = Readonly<Record<string, unknown>>;

/**
 * For an index, each image in its order, also those of indexes in it. For an image, the image. Empty
 * for anything else.
 */
export function platformsOf(facts: Facts, digest: Digest): PlatformRow[] {
  const reader = new DiskReader(facts.tree.v2);
  const manifest = jsonOf(reader, digest);
  if (manifest === undefined) return [];
  if (listOf(manifest.manifests).length === 0) {
    return 'layers' in manifest ? [rowOf(facts, reader, digest, {})] : [];
  }
  return [...childrenOf(facts, reader, digest, manifest, new Set())];
}

/** @param visited the indexes that were listed; each is listed once */
function* childrenOf(
  facts: Facts,
  reader: DiskReader,
  digest: Digest,
  manifest: Data,
  visited: Set<Digest>,
): Generator<PlatformRow> {
  if (visited.has(digest)) return;
  visited.add(digest);
  for (const child of listOf(manifest.manifests)) {
    const own = parseDigest(String(child.digest));
    if (own === undefined) continue;
    const inner = jsonOf(reader, own);
    if (inner !== undefined && listOf(inner.manifests).length > 0) {
      yield* childrenOf(facts, reader, own, inner, visited);
    } else yield rowOf(facts, reader, own, dataOf(child.platform));
  }
}

function rowOf(facts: Facts, reader: DiskReader, digest: Digest, platform: Data): PlatformRow {
  const manifest = jsonOf(reader, digest);
  const config = parseDigest(String(dataOf(manifest?.config).digest));
  const told = 'os' in platform || config === undefined ? platform : (jsonOf(reader, config) ?? {});
  const node = nodeOf(facts, digest);
  const isStored = node !== undefined && node < facts.blobs.count;
  const layers = listOf(manifest?.layers).flatMap(({ digest: text, size }) => {
    const layer = parseDigest(String(text));
    return layer === undefined ? [] : [{ digest: layer, bytes: Number(size) || 0 }];
  });
  const { os = 'unknown', architecture = 'unknown', variant } = told;
  return {
    platform: [os, architecture, variant].filter((part) => typeof part === 'string').join('/'),
    digest,
    onDisk: isStored,
    bytes: layers.reduce((sum, { bytes }) => sum + bytes, isStored ? facts.blobs.size(node) : 0),
    layers,
  };
}

const listOf = (value: unknown): Data[] => (Array.isArray(value) ? value.map(dataOf) : []);

const dataOf = (value: unknown): Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

function jsonOf(reader: DiskReader, digest: Digest): Data | undefined {
  const found = reader.read(blobDataPath(digest), LARGEST);
  if (found === undefined) return undefined;
  try {
    return dataOf(JSON.parse(found.bytes.toString('utf8')));
  } catch {
    return undefined; // Not JSON: it has no platforms.
  }
}
