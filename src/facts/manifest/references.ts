/**
 * Finds the references of a manifest. The fields decide, not the media type. A field that no
 * specification defines may refer to anything, so every digest in it is a reference.
 */
import { type Digest, digestsIn, parseDigest } from '../../storage/digest.js';
import { PACKED } from '../packed-digests.js';
import type { ManifestKind } from '../tables/manifest-table.js';
import { eachField, isObject, valuesOf } from './json.js';
import type { Json, JsonObject } from './json-value.js';

export interface References {
  readonly kind: ManifestKind;
  /**
   * Flags of PACKED by digest. `descend`: the target may be a manifest and must be read. `foreign`:
   * the descriptor has `urls`, so the blob need not be on the disk.
   */
  readonly references: ReadonlyMap<Digest, number>;
  readonly subjects: readonly Digest[];
}

/** Lists of descriptors. Each entry is a reference. */
const DESCRIPTOR_LISTS = new Set(['layers', 'manifests', 'blobs']);
/**
 * Known fields of manifests that contain no references. Digests in annotations are only remarks.
 */
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
  const subjects: Digest[] = [];
  eachField(manifest, (key, value) => {
    if (key === 'subject') subjects.push(...subjectOf(value));
    if (kind === 'unknown') {
      for (const digest of digestsIn(key)) found.add(digest, true, false);
      found.addAll(value, true);
    } else if (key === 'config') found.descriptor(value, false);
    else if (DESCRIPTOR_LISTS.has(key)) found.descriptors(value, key === 'manifests');
    else if (key === 'fslayers') found.fsLayers(value);
    else if (key !== 'subject' && !PLAIN_FIELDS.has(key)) found.addAll(value, true);
  });
  return { kind, references: found.found, subjects };
}

/** The first of these fields that is present decides the kind. */
const KINDS: readonly (readonly [field: string, kind: ManifestKind])[] = [
  ['manifests', 'index'],
  ['fslayers', 'schema1'],
  ['config', 'image'],
  ['layers', 'image'],
  ['blobs', 'artifact'],
];

function kindOf(manifest: JsonObject): ManifestKind {
  let first = KINDS.length;
  eachField(manifest, (key, value) => {
    const at = value === null ? -1 : KINDS.findIndex(([field]) => field === key);
    if (at >= 0 && at < first) first = at;
  });
  return KINDS[first]?.[1] ?? 'unknown';
}

function subjectOf(value: Json): Digest[] {
  if (!isObject(value)) return [];
  return valuesOf(value, 'digest').flatMap((one) => digestOfJson(one) ?? []);
}

function digestOfJson(value: Json): Digest | undefined {
  return typeof value === 'string' ? parseDigest(value) : undefined;
}

/**
 * Media types of manifests. Entries of `manifests` are read whatever their type, because BuildKit's
 * caches list layers there. Entries of other lists are read only if they have this type or none.
 */
const MANIFEST_TYPE = /manifest|index/i;

/** Treats a value that should be a list as a list of one, because it may contain references. */
function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

class Collector {
  readonly found = new Map<Digest, number>();

  /**
   * Combines several references to one digest: `descend` if any has it, `foreign` only if all have
   * it.
   */
  add(digest: Digest, descend: boolean, foreign: boolean): void {
    const flags = (descend ? PACKED.descend : 0) | (foreign ? PACKED.foreign : 0);
    const known = this.found.get(digest);
    const united =
      known === undefined
        ? flags
        : ((known | flags) & PACKED.descend) | (known & flags & PACKED.foreign);
    if (known !== united) this.found.set(digest, united);
  }

  descriptors(value: Json, isManifest: boolean): void {
    for (const entry of listOf(value)) this.descriptor(entry, isManifest);
  }

  descriptor(value: Json, isManifest: boolean): void {
    if (!isObject(value)) {
      this.addAll(value, true);
      return;
    }
    let foreign = false;
    let typed = false;
    let claims = false;
    const digests: Json[] = [];
    eachField(value, (key, field) => {
      if (key === 'digest') digests.push(field);
      else if (key === 'mediatype') {
        typed = true;
        claims ||= MANIFEST_TYPE.test(String(field));
      } else if (key === 'urls') foreign ||= Array.isArray(field) && field.length > 0;
      else if (!DESCRIPTOR_FIELDS.has(key)) this.addAll(field, true);
    });
    const descend = isManifest || claims || !typed;
    for (const one of digests) {
      const found = digestOfJson(one);
      if (found !== undefined) this.add(found, descend, foreign);
    }
  }

  fsLayers(value: Json): void {
    for (const entry of listOf(value)) {
      if (!isObject(entry)) this.addAll(entry, true);
      else eachField(entry, (key, sum) => this.addAll(sum, key !== 'blobsum'));
    }
  }

  /** Adds every string that looks like a digest. */
  addAll(value: Json, descend: boolean): void {
    if (typeof value === 'string') {
      for (const digest of digestsIn(value)) this.add(digest, descend, false);
    } else if (Array.isArray(value)) {
      for (const inner of value as readonly Json[]) this.addAll(inner, descend);
    } else if (isObject(value)) {
      eachField(value, (key, inner) => {
        for (const digest of digestsIn(key)) this.add(digest, descend, false);
        this.addAll(inner, descend);
      });
    }
  }
}
