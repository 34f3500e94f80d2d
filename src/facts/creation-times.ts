/**
 * When images say that they were created, for policies that go by it. Read on demand and apart
 * from the scan, since nothing else needs it. What can't be read has no time, and so it stays.
 */
import { hash } from 'node:crypto';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../storage/digest.js';
import { blobDataPath } from '../storage/layout.js';
import type { StorageReader } from '../storage/port.js';
import { isObject, parseJson, valuesOf } from './manifest/json.js';
import type { JsonObject } from './manifest/json-value.js';
import { digestOf, type Facts, nodeOf } from './types.js';

/** Larger than any configuration of an image, or manifest, that tools write. */
const LIMIT = 4 * 1024 * 1024;
/** Indexes nest this deep at most. */
const DEPTH = 4;

/** It was read, and tells no time: an attestation, a reproducible build. */
const NONE = 0;

/**
 * @returns seconds since 1970 by digest: of an image from its configuration, of an index the
 *   newest of its images'. Undefined where none is told, or where not all of it can be read.
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
    // A child that isn't on the disk (a sparse index) says nothing.
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

/** Undefined for whatever isn't a JSON object with the content that its digest says. */
function readJson(reader: StorageReader, digest: Digest): JsonObject | undefined {
  try {
    const content = reader.read(blobDataPath(digest), LIMIT);
    if (content === undefined || content.stat.size > LIMIT) return undefined;
    if (hash(algorithmOf(digest), content.bytes, 'hex') !== hexOf(digest)) return undefined;
    const json = parseJson(content.bytes.toString('utf8'));
    return isObject(json) ? json : undefined;
  } catch {
    // An unknown time keeps the image; the decision says so for each.
    return undefined;
  }
}
