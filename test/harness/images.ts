/** Images of every kind, from a seeded generator: content that the registry takes over HTTP. */
import { createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Random } from './random.js';

export const MEDIA = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  schema1: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  buildkitConfig: 'application/vnd.buildkit.cacheconfig.v0',
} as const;

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Image {
  readonly manifest: Blob & { readonly mediaType: string };
  /** What the client uploads before the manifest. */
  readonly blobs: readonly Blob[];
  /** Manifests that are pushed before this one, by digest. */
  readonly children: readonly Image[];
}

export function blobOf(bytes: Buffer | string, algorithm = 'sha256'): Blob {
  const content = Buffer.from(bytes as string);
  const hex = createHash(algorithm).update(content).digest('hex');
  return { digest: `${algorithm}:${hex}`, bytes: content };
}

export function randomLayer(random: Random, size = random.between(100, 3000)): Blob {
  return blobOf(random.bytes(size));
}

export function imageOf(
  mediaType: string,
  json: Record<string, unknown>,
  blobs: readonly Blob[],
  children: readonly Image[] = [],
): Image {
  const bytes = JSON.stringify(json, null, 2);
  return { manifest: { ...blobOf(bytes), mediaType }, blobs, children };
}

export const descriptor = (mediaType: string, blob: Blob) => ({
  mediaType,
  size: blob.bytes.length,
  digest: blob.digest,
});

const childDescriptor = (image: Image, extra: Record<string, unknown> = {}) => ({
  ...descriptor(image.manifest.mediaType, image.manifest),
  ...extra,
});

function configOf(random: Random, layers: readonly Blob[]): Blob {
  return blobOf(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { nonce: random.bytes(12).toString('hex') } },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    }),
  );
}

/** @param layers shared ones; two random ones by default */
export function dockerImage(random: Random, layers = twoLayers(random)): Image {
  const config = configOf(random, layers);
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA.dockerManifest,
    config: descriptor(MEDIA.dockerConfig, config),
    layers: layers.map((layer) => descriptor(MEDIA.dockerLayer, layer)),
  };
  return imageOf(MEDIA.dockerManifest, json, [config, ...layers]);
}

/** OCI images may leave out their own media type. */
export function ociImage(
  random: Random,
  layers = twoLayers(random),
  extra: Record<string, unknown> = {},
): Image {
  const config = configOf(random, layers);
  const json = {
    schemaVersion: 2,
    config: descriptor(MEDIA.ociConfig, config),
    layers: layers.map((layer) => descriptor(MEDIA.ociLayer, layer)),
    ...extra,
  };
  return imageOf(MEDIA.ociManifest, json, [config, ...layers]);
}

const twoLayers = (random: Random): Blob[] => [randomLayer(random), randomLayer(random)];

const PLATFORMS = ['amd64', 'arm64', 's390x', 'ppc64le'];

const platform = (index: number) => ({
  platform: { os: 'linux', architecture: PLATFORMS[index % PLATFORMS.length] },
});

export function manifestList(children: readonly Image[]): Image {
  const manifests = children.map((child, i) => childDescriptor(child, platform(i)));
  const json = { schemaVersion: 2, mediaType: MEDIA.dockerList, manifests };
  return imageOf(MEDIA.dockerList, json, [], children);
}

/** @param children images or other indexes; none makes an empty index */
export function ociIndex(children: readonly Image[], extra: Record<string, unknown> = {}): Image {
  const manifests = children.map((child, i) => childDescriptor(child, platform(i)));
  const json = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests, ...extra };
  return imageOf(MEDIA.ociIndex, json, [], children);
}

/** An OCI artifact with a `subject`: found by its subject's digest only. */
export function referrer(random: Random, subject: Image, type = 'application/example.sbom'): Image {
  const payload = randomLayer(random);
  const empty = blobOf('{}');
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    artifactType: type,
    config: descriptor(MEDIA.ociEmpty, empty),
    layers: [descriptor(MEDIA.ociLayer, payload)],
    subject: childDescriptor(subject),
  };
  return imageOf(MEDIA.ociManifest, json, [empty, payload]);
}

/** Cosign's older form: an image of its own under the tag `sha256-<hex>.sig`. */
export function cosignSignature(random: Random, subject: Image): { tag: string; image: Image } {
  const image = ociImage(random, [randomLayer(random, 300)]);
  return { tag: `${subject.manifest.digest.replace(':', '-')}.sig`, image };
}

/** Its last layer has `urls` and is never uploaded. */
export function foreignImage(random: Random): Image {
  const [layer, foreign] = [randomLayer(random), randomLayer(random)];
  const config = configOf(random, [layer]);
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA.dockerManifest,
    config: descriptor(MEDIA.dockerConfig, config),
    layers: [
      descriptor(MEDIA.dockerLayer, layer),
      { ...descriptor(MEDIA.dockerForeign, foreign), urls: ['https://example.invalid/layer'] },
    ],
  };
  return imageOf(MEDIA.dockerManifest, json, [config, layer]);
}

/** As BuildKit's registry cache writes it: an index whose `manifests[]` are layers and a config. */
export function buildkitCache(random: Random): Image {
  const layers = [randomLayer(random), randomLayer(random), randomLayer(random)];
  const config = configOf(random, layers);
  const manifests = [
    ...layers.map((layer) => descriptor(MEDIA.ociLayer, layer)),
    descriptor(MEDIA.buildkitConfig, config),
  ];
  const json = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests };
  return imageOf(MEDIA.ociIndex, json, [...layers, config]);
}

/** Layers that the client pushes and names as sha512; the registry stores them as sha256. */
export function sha512Image(random: Random): Image {
  const layers = [blobOf(random.bytes(700), 'sha512')];
  return ociImage(random, layers);
}

/**
 * Schema 1, signed with a key made on the spot (so its signature differs at each call;
 * its digest, that of the payload, does not).
 */
export function schema1Image(random: Random, name: string, tag: string): Image {
  const layers = twoLayers(random);
  const history = layers.map((_, i) => ({
    v1Compatibility: JSON.stringify({
      id: createHash('sha256').update(`${name}${i}`).digest('hex'),
    }),
  }));
  const payload = JSON.stringify(
    {
      schemaVersion: 1,
      name,
      tag,
      architecture: 'amd64',
      fsLayers: layers.map((layer) => ({ blobSum: layer.digest })),
      history,
    },
    null,
    3,
  );
  const { digest } = blobOf(payload);
  const bytes = Buffer.from(signed(payload));
  return { manifest: { digest, bytes, mediaType: MEDIA.schema1 }, blobs: layers, children: [] };
}

const base64url = (bytes: Buffer | string): string =>
  Buffer.from(bytes as string).toString('base64url');

/** Docker's "pretty" JWS: the signature stands inside the object that it signs. */
function signed(payload: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = payload.slice(0, payload.lastIndexOf('\n}'));
  const protectedHeader = base64url(
    JSON.stringify({
      formatLength: Buffer.byteLength(body),
      formatTail: base64url('\n}'),
      time: '2020-01-01T00:00:00Z',
    }),
  );
  const signer = createSign('sha256').update(`${protectedHeader}.${base64url(payload)}`);
  const signature = signer.sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
  const signatures = [
    {
      header: {
        jwk: { ...publicKey.export({ format: 'jwk' }), kid: keyId(publicKey) },
        alg: 'ES256',
      },
      signature: base64url(signature),
      protected: protectedHeader,
    },
  ];
  return `${body},\n   "signatures": ${JSON.stringify(signatures)}\n}`;
}

/** The first 240 bits of the key's hash in base32, in groups of four. */
function keyId(key: KeyObject): string {
  const der = key.export({ format: 'der', type: 'spki' });
  const hash = createHash('sha256').update(der).digest().subarray(0, 30);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const byte of hash) bits += byte.toString(2).padStart(8, '0');
  const letters = bits.match(/.{5}/g)!.map((group) => alphabet[Number.parseInt(group, 2)]);
  return letters.join('').match(/.{4}/g)!.join(':');
}
