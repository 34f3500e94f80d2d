/** Trees on memfs, read, marked and planned in a few words; all times are seconds since 1970. */
import { createFsFromVolume, Volume } from 'memfs';
import type { FindingCode } from '../../src/facts/findings.js';
import { type ReadOptions, readFacts } from '../../src/facts/read.js';
import { digestOf as digestOfNode, type Facts, type Node } from '../../src/facts/types.js';
import { ACTION_KINDS, type ActionKind } from '../../src/graph/action-kinds.js';
import { mark } from '../../src/graph/mark/mark.js';
import { type MarkOptions, type Marks, NO_REMOVALS, type Removals } from '../../src/graph/types.js';
import { planActions } from '../../src/plan/actions/plan-actions.js';
import type { Action } from '../../src/plan/types.js';
import type { Digest } from '../../src/storage/digest.js';
import { DiskReader, type SyncFs } from '../../src/storage/disk-reader.js';
import type { StorageTree } from '../../src/storage/port.js';
import { type BuilderFs, TreeBuilder } from '../harness/offline.js';

/** Long after every change time that the machine's clock gives a file. */
export const NOW = 4_000_000_000;
export const DAY = 86_400;
export const OLD = NOW - 30 * DAY;
export const ROOT = '/r';

export const memTree: StorageTree = {
  rootDirectory: ROOT,
  v2: `${ROOT}/docker/registry/v2`,
  device: 0,
  inode: '1',
  filesystemId: 'memfs',
  viaSymlink: false,
};

export type MemFs = ReturnType<typeof createFsFromVolume>;

export class Store extends TreeBuilder {
  constructor(readonly mem: MemFs = createFsFromVolume(new Volume())) {
    super(ROOT, mem as unknown as BuilderFs);
    this.at(OLD * 1000);
  }

  /** Sets the mtime (s) of one file. */
  touch(path: string, seconds: number): this {
    this.mem.utimesSync(`${this.v2}/${path}`, seconds, seconds);
    return this;
  }

  symlink(path: string, to: string): this {
    this.folder(path.slice(0, path.lastIndexOf('/')));
    this.mem.symlinkSync(to, `${this.v2}/${path}`);
    return this;
  }

  facts(options: Partial<ReadOptions> = {}): Promise<Facts> {
    return factsOf(this.mem as unknown as SyncFs, options);
  }
}

export function factsOf(fs: SyncFs, options: Partial<ReadOptions> = {}): Promise<Facts> {
  return readFacts(memTree, { ...reading(options), reader: new DiskReader(memTree.v2, fs) });
}

export function reading(options: Partial<ReadOptions> = {}): ReadOptions {
  return { ageBy: 'newest', now: NOW, minAge: DAY, keepFindings: Infinity, ...options };
}

export function marking(options: Partial<MarkOptions> = {}): MarkOptions {
  return {
    now: NOW,
    minAge: DAY,
    deleteUntagged: false,
    allowTagless: false,
    inScope: () => true,
    kinds: new Set(ACTION_KINDS),
    keepDigests: new Set(),
    removals: NO_REMOVALS,
    ...options,
  };
}

export interface Outcome {
  readonly facts: Facts;
  readonly marks: Marks;
  readonly actions: readonly Action[];
  /** Each action as `kind path`, in order. */
  readonly lines: readonly string[];
}

export function planOf(facts: Facts, options: Partial<MarkOptions> = {}): Outcome {
  const marks = mark(facts, marking(options));
  const actions = [...planActions(facts, marks)];
  return { facts, marks, actions, lines: actions.map(({ kind, path }) => `${kind} ${path}`) };
}

export async function outcome(
  store: Store,
  options: Partial<MarkOptions> = {},
  reads: Partial<ReadOptions> = {},
): Promise<Outcome> {
  const { now, minAge } = marking(options);
  return planOf(await store.facts({ now, minAge, ...reads }), options);
}

/** Digests of the blobs that go, sorted. */
export function gone({ actions }: Outcome): string[] {
  return actions
    .filter(({ kind }) => kind === 'blob')
    .map(({ digest }) => digest!)
    .sort();
}

export function pathsOf({ actions }: Outcome, kind: ActionKind): string[] {
  return actions.filter((action) => action.kind === kind).map(({ path }) => path);
}

/** Findings as `code path`, sorted, or those of some codes as paths. */
export function findingsOf({ findings }: Facts): string[] {
  return findings
    .codes()
    .flatMap((code) => findings.samples(code).map(({ path }) => `${code} ${path}`))
    .sort();
}

export function countsOf({ findings }: Facts): Partial<Record<FindingCode, number>> {
  return Object.fromEntries(findings.codes().map((code) => [code, findings.count(code)]));
}

export function digestsOf(facts: Facts, nodes: Iterable<Node>): Digest[] {
  return [...nodes].map((node) => digestOfNode(facts, node)).sort();
}

export function repositoryOf(facts: Facts, name: string): Facts['repositories'][number] {
  const found = facts.repositories.find((repository) => repository.name === name);
  if (found === undefined) throw new Error(`no repository ${name}`);
  return found;
}

/** Removes what is listed, as `repo:tag` or `repo@digest`. */
export function removing(...references: string[]): Removals {
  const has = (text: string) =>
    references.includes(text) ? { reason: 'a test asked' } : undefined;
  return {
    tag: (repository, tag) => has(`${repository}:${tag}`),
    revision: (repository, digest) => has(`${repository}@${digest}`),
  };
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

export const descriptorOf = (digest: string, mediaType = layerType): Record<string, unknown> => ({
  mediaType,
  size: 1,
  digest,
});

/** An OCI image over blobs that are already there. */
export const imageJson = (
  config: string,
  layers: readonly string[],
  extra: Record<string, unknown> = {},
): Record<string, unknown> => ({
  schemaVersion: 2,
  config: descriptorOf(config, 'application/vnd.oci.image.config.v1+json'),
  layers: layers.map((digest) => descriptorOf(digest)),
  ...extra,
});

export const indexJson = (
  manifests: readonly string[],
  extra: Record<string, unknown> = {},
): Record<string, unknown> => ({
  schemaVersion: 2,
  manifests: manifests.map((digest) => descriptorOf(digest, manifestType)),
  ...extra,
});

export interface SmallImage {
  readonly manifest: Digest;
  readonly config: Digest;
  readonly layer: Digest;
  readonly all: readonly Digest[];
}

/** An image of one config and one layer, each made from `name`. */
export function smallImage(
  store: TreeBuilder,
  repository: string,
  name: string,
  tags: readonly string[] = [],
  extra: Record<string, unknown> = {},
): SmallImage {
  const config = store.layer(repository, `config of ${name}`);
  const layer = store.layer(repository, `layer of ${name}`);
  const manifest = store.manifest(repository, imageJson(config, [layer], extra), ...tags);
  return { manifest, config, layer, all: [manifest, config, layer] };
}

type Call = (...args: unknown[]) => unknown;

/** A filesystem of which one call fails, or lies, at paths that match. */
export function faulty(
  fs: MemFs,
  call: keyof SyncFs,
  where: RegExp,
  answer: string | ((real: () => unknown) => unknown),
): SyncFs {
  const real = (fs as unknown as Record<string, Call>)[call]!.bind(fs);
  const wrapped: Call = (...args) => {
    if (!where.test(String(args[0]))) return real(...args);
    if (typeof answer === 'function') return answer(() => real(...args));
    throw Object.assign(new Error(`${answer}: injected`), { code: answer });
  };
  return { ...fs, [call]: wrapped } as unknown as SyncFs;
}
