/**
 * What is alive, by a few simple rules written down a second time: nothing here is shared with
 * the product, and nothing is fast. For trees that are whole (no damage, no age).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Verdict {
  /** `<alg>:<hex>` of stored blobs that are reachable, sorted. */
  readonly live: string[];
  /** Stored blobs that are not, sorted. */
  readonly garbage: string[];
  /** `<repository>@<digest>` of revisions that nothing keeps, sorted. */
  readonly expired: string[];
}

interface Repository {
  readonly name: string;
  readonly tags: string[];
  /** Path's digest, and the content's where it differs. */
  readonly revisions: string[];
  /** Claimed digest → stored digest. */
  readonly layers: Map<string, string>;
}

interface Manifest {
  readonly references: string[];
  /** Of the references, those that are listed as manifests. */
  readonly children: string[];
  readonly subject?: string;
}

const names = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** `<folder>/<alg>/<hex>/link` → [digest of the path, content] */
function links(folder: string): [string, string][] {
  return names(folder).flatMap((algorithm) =>
    names(join(folder, algorithm)).flatMap((hex): [string, string][] => {
      const link = join(folder, algorithm, hex, 'link');
      return existsSync(link) ? [[`${algorithm}:${hex}`, readFileSync(link, 'utf8')]] : [];
    }),
  );
}

function repositoryAt(folder: string, name: string): Repository {
  const tags = join(folder, '_manifests/tags');
  const currents = names(tags).map((tag) => join(tags, tag, 'current/link'));
  return {
    name,
    tags: currents.filter((link) => existsSync(link)).map((link) => readFileSync(link, 'utf8')),
    revisions: links(join(folder, '_manifests/revisions')).flat(),
    layers: new Map(links(join(folder, '_layers'))),
  };
}

function repositories(folder: string, name = ''): Repository[] {
  const found = ['_manifests', '_layers', '_uploads'].some((part) =>
    existsSync(join(folder, part)),
  );
  const below = names(folder).filter((entry) => !entry.startsWith('_'));
  const nested = below
    .filter((entry) => statSync(join(folder, entry)).isDirectory())
    .flatMap((entry) =>
      repositories(join(folder, entry), name === '' ? entry : `${name}/${entry}`),
    );
  return found ? [repositoryAt(folder, name), ...nested] : nested;
}

function blobs(v2: string): string[] {
  return names(join(v2, 'blobs')).flatMap((algorithm) =>
    names(join(v2, 'blobs', algorithm)).flatMap((prefix) =>
      names(join(v2, 'blobs', algorithm, prefix)).map((hex) => `${algorithm}:${hex}`),
    ),
  );
}

function dataPath(v2: string, digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join(v2, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
}

/** undefined where the blob is absent or no JSON object: nothing hangs on it. */
function manifest(v2: string, digest: string): Manifest | undefined {
  const path = dataPath(v2, digest);
  if (!existsSync(path) || readFileSync(path).subarray(0, 1).toString() !== '{') return undefined;
  try {
    const json = JSON.parse(readFileSync(path, 'utf8'));
    const lists = [json.layers, json.manifests, json.blobs].flatMap((list) => list ?? []);
    const digests = [json.config, ...lists].map((item) => item?.digest);
    const old = (json.fsLayers ?? []).map((layer: { blobSum: string }) => layer.blobSum);
    const children = (json.manifests ?? []).map((child: { digest: string }) => child?.digest);
    return {
      references: [...digests, ...old].filter((item) => typeof item === 'string'),
      children: children.filter((item: unknown) => typeof item === 'string'),
      subject: json.subject?.digest,
    };
  } catch {
    return undefined;
  }
}

/**
 * What an index that is stored here lists is read, also where that index is garbage; if it is of
 * no known kind, as the config of a BuildKit cache, each digest in it counts.
 */
function unknownKinds(v2: string, linked: readonly string[]): Map<string, string[]> {
  const named = new Map<string, string[]>();
  const seen = new Set<string>();
  const read = (digest: string): void => {
    if (seen.has(digest)) return;
    seen.add(digest);
    const found = manifest(v2, digest);
    if (found === undefined) return;
    found.children.forEach(read);
    if (found.references.length > 0) return;
    const text = readFileSync(dataPath(v2, digest), 'utf8');
    named.set(digest, text.match(/sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}/g) ?? []);
  };
  linked.forEach(read);
  return named;
}

/**
 * @param root the rootdirectory
 * @param deleteUntagged tags alone are roots, but a repository without any tag stays whole and
 *   a live subject's referrers live
 */
export function oracle(root: string, deleteUntagged = false): Verdict {
  const v2 = join(root, 'docker/registry/v2');
  const all = repositories(join(v2, 'repositories'));
  const aliases = new Map(all.flatMap((repository) => [...repository.layers]));
  const linked = all.flatMap((repository) => [...repository.tags, ...repository.revisions]);
  const unknown = unknownKinds(v2, linked);
  const live = new Set<string>();
  const visit = (digest: string): void => {
    if (live.has(digest)) return;
    live.add(digest);
    const stored = aliases.get(digest);
    if (stored !== undefined) visit(stored);
    for (const reference of manifest(v2, digest)?.references ?? []) visit(reference);
    for (const reference of unknown.get(digest) ?? []) visit(reference);
  };
  for (const repository of all) {
    repository.tags.forEach(visit);
    if (!deleteUntagged || repository.tags.length === 0) repository.revisions.forEach(visit);
    if (deleteUntagged && repository.tags.length === 0 && repository.revisions.length > 0) {
      for (const digest of repository.layers.values()) visit(digest);
    }
  }
  const revisions = all.flatMap(({ name, revisions: own }) =>
    own.map((digest) => ({ name, digest })),
  );
  for (let before = -1; before !== live.size; ) {
    before = live.size;
    for (const { digest } of revisions) {
      const subject = manifest(v2, digest)?.subject;
      if (subject !== undefined && live.has(subject)) visit(digest);
    }
  }
  const stored = blobs(v2).filter((digest) => existsSync(dataPath(v2, digest)));
  const expired = revisions.filter(({ digest }) => !live.has(digest));
  return {
    live: stored.filter((digest) => live.has(digest)).sort(),
    garbage: stored.filter((digest) => !live.has(digest)).sort(),
    expired: [...new Set(expired.map(({ name, digest }) => `${name}@${digest}`))].sort(),
  };
}
