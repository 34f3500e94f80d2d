/**
 * Creation times of images, for policies with `ageBy: created`. They are read on demand, because
 * nothing else needs them. An image whose configuration can't be read has no time, so a policy
 * keeps it.
 */
import { hash } from 'node:crypto';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../storage/digest.js';
import { blobDataPath } from '../storage/layout.js';
import type { StorageReader } from '../storage/port.js';
import { isObject, parseJson, valuesOf } from './manifest/json.js';
import type { JsonObject } from './manifest/json-value.js';
import { digestOf, type Facts, nodeOf } from './types.js';

/** In bytes. Larger than any manifest or image configuration that tools write. */
const LIMIT = 4 * 1024 * 1024;
/** Maximum depth of nested indexes. */
const DEPTH = 4;

/** The configuration was read, but it states no time (an attestation, a reproducible build). */
const NONE = 0;

/**
 * @returns a function from a digest to seconds since 1970, rounded up: for an image the `created`
 *   field of its configuration, for an index the newest time of its images. The function returns
 *   undefined if no time is stated, or if a part can't be read.
 */
export function creationTimes(
  facts: Facts,
  reader: StorageReader,
): (digest: string) => number | undefined {
  const known = new Map<Digest, number | undefined>();
  const timeOf = (digest: Digest, depth: number): number | undefined => {
    if (!known.has(digest)) known.set(digest, read(digest, depth));
    return known.get(digest);
  };
  const read = (digest: Digest, depth: number): number | undefined => {
    const node = nodeOf(facts, digest);
    const kind = node === undefined ? undefined : facts.manifests.kind(node);
    if (kind === 'image') return timeInConfig(reader, configOf(readJson(reader, digest)));
    if (kind !== 'index' || depth === 0) return undefined;
    // Children that are not on the disk (a sparse index) have no influence.
    const children = [...facts.manifests.references(node!)].filter((to) => to < facts.blobs.count);
    return newest(children.map((child) => timeOf(digestOf(facts, child), depth - 1)));
  };
  return (digest) => timeOf(digest as Digest, DEPTH) || undefined;
}

function newest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length < times.length ? undefined : Math.max(NONE, ...known);
}

function configOf(manifest: JsonObject | undefined): Digest | undefined {
  const [config = null] = manifest === undefined ? [] : valuesOf(manifest, 'config');
  const [digest] = isObject(config) ? valuesOf(config, 'digest') : [];
  return typeof digest === 'string' ? parseDigest(digest) : undefined;
}

function timeInConfig(reader: StorageReader, config: Digest | undefined): number | undefined {
  const json = config === undefined ? undefined : readJson(reader, config);
  if (json === undefined) return undefined;
  const [created] = valuesOf(json, 'created');
  const ms = typeof created === 'string' ? Date.parse(created) : Number.NaN;
  return ms > 0 ? Math.ceil(ms / 1000) : NONE;
}

/** @returns undefined if the content is not a JSON object, or does not match the digest */
function readJson(reader: StorageReader, digest: Digest): JsonObject | undefined {
  try {
    const content = reader.read(blobDataPath(digest), LIMIT);
    if (content === undefined || content.stat.size > LIMIT) return undefined;
    if (hash(algorithmOf(digest), content.bytes, 'hex') !== hexOf(digest)) return undefined;
    const json = parseJson(content.bytes.toString('utf8'));
    return isObject(json) ? json : undefined;
  } catch {
    // An unknown time keeps the image, and the policy's decision reports it.
    return undefined;
  }
}
