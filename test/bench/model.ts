/**
 * What the benchmark's tree holds, one repository at a time, so that a tree of any size is made
 * in constant memory. Manifests and configs are real content under their real digests; layers
 * are names with a size (sparse files), since neither collector reads them.
 */
import { createHash } from 'node:crypto';
import type { Digest } from '../../src/storage/digest.js';
import { Random } from '../harness/random.js';

export interface BenchShape {
  readonly blobs: number;
  readonly repositories: number;
  readonly seed: number;
}

export interface Layer {
  readonly digest: Digest;
  readonly size: number;
}

export interface Content {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export interface BenchTag {
  readonly name: string;
  /** All it ever pointed to; the last one is current. */
  readonly history: readonly Digest[];
}

export interface BenchRepository {
  readonly name: string;
  readonly manifests: readonly Content[];
  readonly configs: readonly Content[];
  /** Layers that are first pushed here. */
  readonly layers: readonly Layer[];
  /** Layers of other repositories' that are linked here too. */
  readonly mounted: readonly Layer[];
  /** Manifests whose revision the API deleted: the blob and a folder without link remain. */
  readonly deleted: ReadonlySet<Digest>;
  readonly tags: readonly BenchTag[];
}

const DOCKER = 'application/vnd.docker';
const MANIFEST_TYPE = `${DOCKER}.distribution.manifest.v2+json`;
const LIST_TYPE = `${DOCKER}.distribution.manifest.list.v2+json`;
const CONFIG_TYPE = `${DOCKER}.container.image.v1+json`;
const LAYER_TYPE = `${DOCKER}.image.rootfs.diff.tar.gzip`;

/** Shares of the whole: of 86,000 blobs 20,000 are manifests and (nearly) as many configs. */
const MANIFEST_SHARE = 20_000 / 86_000;
const LIST_EVERY = 25;
const DELETED_SHARE = 0.05;
const UNTAGGED_SHARE = 0.12;
const ORPHAN_LAYERS = 0.02;
const BASES = 40;

const digestOf = (bytes: Buffer | string): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

const contentOf = (value: unknown): Content => {
  const bytes = Buffer.from(JSON.stringify(value, null, 3));
  return { digest: digestOf(bytes), bytes };
};

function layerOf(random: Random, name: string): Layer {
  return { digest: digestOf(name), size: Math.floor(2 ** (10 + random.float() * 17)) };
}

/** Share number `index` of `total` things dealt evenly to `count`. */
const shareOf = (total: number, count: number, index: number): number =>
  Math.floor((total * (index + 1)) / count) - Math.floor((total * index) / count);

/** Base images' layers, that every repository's images may begin with. */
export function baseLayers(shape: BenchShape): Layer[] {
  const random = new Random(`${shape.seed}/bases`);
  return Array.from({ length: BASES }, (_, i) => layerOf(random, `${shape.seed}/base/${i}`));
}

const descriptor = (mediaType: string, size: number, digest: Digest) => ({
  mediaType,
  size,
  digest,
});

function imageManifest(config: Content, layers: readonly Layer[]): Content {
  return contentOf({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor(CONFIG_TYPE, config.bytes.length, config.digest),
    layers: layers.map((layer) => descriptor(LAYER_TYPE, layer.size, layer.digest)),
  });
}

function listManifest(images: readonly Content[]): Content {
  const platforms = ['amd64', 'arm64', 'arm', 's390x'];
  return contentOf({
    schemaVersion: 2,
    mediaType: LIST_TYPE,
    manifests: images.map((image, i) => ({
      ...descriptor(MANIFEST_TYPE, image.bytes.length, image.digest),
      platform: { architecture: platforms[i % platforms.length], os: 'linux' },
    })),
  });
}

function configOf(random: Random, name: string, layers: readonly Layer[]): Content {
  return contentOf({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Labels: { name } },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(() => ({ created_by: `RUN ${random.bytes(24).toString('hex')}` })),
  });
}

export function repositoryName(index: number): string {
  const team = `team-${String(index % 20).padStart(2, '0')}`;
  return index % 3 === 0 ? `${team}/apps/service-${index}` : `${team}/service-${index}`;
}

/** Repository number `index` of the tree; depends on nothing but the shape and the number. */
export function benchRepository(
  shape: BenchShape,
  bases: readonly Layer[],
  index: number,
): BenchRepository {
  const random = new Random(`${shape.seed}/repository/${index}`);
  const name = repositoryName(index);
  const total = shareOf(Math.round(shape.blobs * MANIFEST_SHARE), shape.repositories, index);
  const lists = Math.floor(total / LIST_EVERY);
  const images = total - lists;
  const blobs = shareOf(shape.blobs - bases.length, shape.repositories, index);
  const layers = Array.from({ length: Math.max(blobs - total - images, 1) }, (_, i) =>
    layerOf(random, `${shape.seed}/${index}/layer/${i}`),
  );
  const mounted = random.sample(bases, 6);
  const used = layers.slice(Math.floor(layers.length * ORPHAN_LAYERS * 2));
  const configs: Content[] = [];
  const manifests: Content[] = [];
  for (let i = 0; i < images; i++) {
    const from = Math.floor((used.length * i) / images);
    const own = used.slice(from, Math.max(Math.floor((used.length * (i + 1)) / images), from + 1));
    const all = [...mounted.slice(0, random.between(1, 4)), ...own, random.pick(used)];
    const config = configOf(random, `${name}-${i}`, all);
    configs.push(config);
    manifests.push(imageManifest(config, all));
  }
  const children = random.sample(manifests, lists * 2);
  for (let i = 0; i < lists; i++) manifests.push(listManifest(children.slice(i * 2, i * 2 + 2)));
  const deleted = deletedOf(manifests, images);
  return {
    name,
    manifests,
    configs,
    layers,
    mounted,
    deleted,
    tags: tagsOf(random, manifests, deleted),
  };
}

/** The first images, unless a list names them: their blobs are garbage. */
function deletedOf(manifests: readonly Content[], images: number): Set<Digest> {
  const lists = manifests.slice(images).map((list) => list.bytes.toString());
  const count = Math.floor(images * DELETED_SHARE);
  const gone = manifests.slice(0, count).map((manifest) => manifest.digest);
  return new Set(gone.filter((digest) => !lists.some((text) => text.includes(digest))));
}

/** About one tag a manifest; the untagged ones mostly stand in the history of `latest`. */
function tagsOf(
  random: Random,
  manifests: readonly Content[],
  deleted: ReadonlySet<Digest>,
): BenchTag[] {
  const alive = manifests.map((manifest) => manifest.digest).filter((d) => !deleted.has(d));
  const untagged = Math.floor(alive.length * UNTAGGED_SHARE);
  const tags: BenchTag[] = alive
    .slice(untagged)
    .map((digest, i) => ({ name: `1.${Math.floor(i / 10)}.${i % 10}`, history: [digest] }));
  const last = alive.at(-1);
  if (last !== undefined) {
    const before = random.sample(alive.slice(0, untagged), Math.ceil(untagged * 0.8));
    tags.push({ name: 'latest', history: [...before, last] });
  }
  return tags;
}
