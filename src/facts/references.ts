/**
 * What a manifest refers to, by the fields it has and not by its media type. Fields that no
 * specification knows may refer to anything, so every digest in them counts.
 */
import { type Digest, digestsIn, parseDigest } from '../storage/digest.js';
import { type Json, JsonObject } from './json.js';
import type { ManifestKind } from './manifests.js';

export interface Reference {
  readonly digest: Digest;
  /** It may itself be a manifest: read it. */
  readonly descend: boolean;
  /** It has `urls` and need not be on the disk. */
  readonly foreign: boolean;
}

export interface References {
  readonly kind: ManifestKind;
  readonly references: readonly Reference[];
  readonly subjects: readonly Digest[];
}

/** Lists of descriptors; each entry is a reference. */
const DESCRIPTOR_LISTS = ['layers', 'manifests', 'blobs'];
/** Known fields of manifests that refer to nothing (digests in annotations are remarks). */
const PLAIN_FIELDS = new Set([
  'schemaversion',
  'mediatype',
  'artifacttype',
  'annotations',
  'name',
  'tag',
  'architecture',
  'history',
  'signatures',
  'platform',
]);
const DESCRIPTOR_FIELDS = new Set([
  'mediatype',
  'size',
  'digest',
  'urls',
  'annotations',
  'data',
  'platform',
  'artifacttype',
]);

export function referencesOf(manifest: JsonObject): References {
  const kind = kindOf(manifest);
  const found = new Collector();
  if (kind === 'unknown') {
    found.everything(manifest, true);
    return { kind, references: found.list(), subjects: manifest.all('subject').flatMap(subjectOf) };
  }
  const subjects: Digest[] = [];
  for (const [key, value] of manifest.pairs) {
    if (key === 'config') found.descriptor(value, false);
    else if (DESCRIPTOR_LISTS.includes(key)) found.descriptors(value, key === 'manifests');
    else if (key === 'fslayers') found.fsLayers(value);
    else if (key === 'subject') subjects.push(...subjectOf(value));
    else if (!PLAIN_FIELDS.has(key)) found.everything(value, true);
  }
  return { kind, references: found.list(), subjects };
}

function kindOf(manifest: JsonObject): ManifestKind {
  const has = (key: string): boolean => manifest.all(key).some((value) => value !== null);
  if (has('manifests')) return 'index';
  if (has('fslayers')) return 'schema1';
  if (has('config') || has('layers')) return 'image';
  return has('blobs') ? 'artifact' : 'unknown';
}

function subjectOf(value: Json): Digest[] {
  if (!(value instanceof JsonObject)) return [];
  return value.all('digest').flatMap((one) => digestOfJson(one) ?? []);
}

function digestOfJson(value: Json): Digest | undefined {
  return typeof value === 'string' ? parseDigest(value) : undefined;
}

/**
 * Media types of manifests. What stands in `manifests` is read whatever it claims to be
 * (BuildKit's caches list layers there); elsewhere only what claims this, or nothing.
 */
const MANIFEST_TYPE = /manifest|index/i;

/** What stands where a list belongs, as a list: it may refer to something all the same. */
function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

class Collector {
  readonly #found = new Map<Digest, { descend: boolean; foreign: boolean }>();

  list(): Reference[] {
    return [...this.#found].map(([digest, flags]) => ({ digest, ...flags }));
  }

  add(digest: Digest, descend: boolean, foreign: boolean): void {
    const known = this.#found.get(digest);
    if (known === undefined) this.#found.set(digest, { descend, foreign });
    else {
      known.descend ||= descend;
      known.foreign &&= foreign;
    }
  }

  descriptors(value: Json, isManifest: boolean): void {
    for (const entry of listOf(value)) this.descriptor(entry, isManifest);
  }

  descriptor(value: Json, isManifest: boolean): void {
    if (!(value instanceof JsonObject)) {
      this.everything(value, true);
      return;
    }
    const foreign = value.all('urls').some((urls) => Array.isArray(urls) && urls.length > 0);
    const types = value.all('mediatype');
    const claims = types.length === 0 || types.some((t) => MANIFEST_TYPE.test(String(t)));
    for (const one of value.all('digest')) {
      const digest = digestOfJson(one);
      if (digest !== undefined) this.add(digest, isManifest || claims, foreign);
    }
    for (const [key, rest] of value.pairs) {
      if (!DESCRIPTOR_FIELDS.has(key)) this.everything(rest, true);
    }
  }

  fsLayers(value: Json): void {
    for (const entry of listOf(value)) {
      if (!(entry instanceof JsonObject)) this.everything(entry, true);
      else for (const [key, sum] of entry.pairs) this.everything(sum, key !== 'blobsum');
    }
  }

  /** Every digest-shaped string in a value. */
  everything(value: Json, descend: boolean): void {
    if (typeof value === 'string') {
      for (const digest of digestsIn(value)) this.add(digest, descend, false);
    } else if (value instanceof JsonObject) {
      for (const [key, inner] of value.pairs) {
        for (const digest of digestsIn(key)) this.add(digest, descend, false);
        this.everything(inner, descend);
      }
    } else if (Array.isArray(value)) {
      for (const inner of value as readonly Json[]) this.everything(inner, descend);
    }
  }
}
