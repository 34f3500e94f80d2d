/** A store with a history, made by a random sequence of what clients do. */
import type { RegistryClient } from './client.js';
import * as images from './images.js';
import type { Random } from './random.js';

export interface RandomTreeOptions {
  /** Number of client actions. */
  readonly steps?: number;
  /** sha512 layers, which the registry's own collector deletes though they are in use. */
  readonly sha512?: boolean;
}

const REPOSITORIES = ['app', 'app/worker', 'team/api', 'team/api/cache', 'base'];
const TAGS = ['latest', 'v1', 'v2', 'nightly'];

interface Pushed {
  readonly repository: string;
  readonly image: images.Image;
}

type Step = (client: RegistryClient, random: Random, pushed: Pushed[]) => Promise<void>;

function anyImage(random: Random, pushed: readonly Pushed[]): images.Image {
  const make = random.pick([
    () => images.dockerImage(random, random.chance(0.4) ? sharedLayers(random, pushed) : undefined),
    () => images.ociImage(random),
    () => images.manifestList([images.dockerImage(random), images.dockerImage(random)]),
    () => images.ociIndex([images.ociIndex([images.ociImage(random)]), images.ociImage(random)]),
    () => images.buildkitCache(random),
    () => images.foreignImage(random),
  ]);
  return make();
}

/** Layers of an image that was pushed before, and a new one. */
function sharedLayers(random: Random, pushed: readonly Pushed[]): images.Blob[] {
  const before = pushed.flatMap(({ image }) => image.blobs.slice(1));
  return [...random.sample(before, 2), images.randomLayer(random)];
}

const pushNew: Step = async (client, random, pushed) => {
  const repository = random.pick(REPOSITORIES);
  const image = anyImage(random, pushed);
  await client.push(repository, image, random.chance(0.8) ? random.pick(TAGS) : undefined);
  pushed.push({ repository, image });
};

const pushSigned: Step = async (client, random, pushed) => {
  const repository = random.pick(REPOSITORIES);
  const image = images.ociImage(random);
  await client.push(repository, image, random.pick(TAGS));
  const signature = images.cosignSignature(random, image);
  await client.push(repository, signature.image, signature.tag);
  await client.push(repository, images.referrer(random, image));
  pushed.push({ repository, image });
};

const retag: Step = async (client, random, pushed) => {
  if (pushed.length === 0) return;
  const { repository, image } = random.pick(pushed);
  await client.push(repository, image, random.pick(TAGS));
};

const mount: Step = async (client, random, pushed) => {
  const from = pushed.filter(({ image }) => image.blobs.length > 0);
  if (from.length === 0) return;
  const { repository, image } = random.pick(from);
  const target = random.pick(REPOSITORIES);
  await client.push(repository, image);
  await client.mountBlob(target, image.blobs[0]!.digest, repository);
};

const remove: Step = async (client, random, pushed) => {
  if (pushed.length === 0) return;
  const [gone] = pushed.splice(random.below(pushed.length), 1);
  await client.deleteManifest(gone!.repository, gone!.image.manifest.digest).catch(onlyMissing);
};

/** Pushed twice and deleted once already. */
function onlyMissing(error: unknown): void {
  if ((error as { status?: number }).status !== 404) throw error;
}

const orphan: Step = async (client, random) => {
  await client.uploadBlob(random.pick(REPOSITORIES), random.bytes(random.between(1, 4000)));
};

const leaveUpload: Step = async (client, random) => {
  await client.openUpload(random.pick(REPOSITORIES), random.bytes(500));
};

const pushSha512: Step = async (client, random) => {
  await client.push('app', images.sha512Image(random), random.pick(TAGS));
};

const STEPS: readonly Step[] = [
  ...[pushNew, pushNew, pushNew, pushNew, pushSigned, retag, mount, remove, remove],
  ...[orphan, leaveUpload],
];

/** Fills the registry behind `client`; the same generator gives the same tree. */
export async function randomTree(
  client: RegistryClient,
  random: Random,
  options: RandomTreeOptions = {},
): Promise<void> {
  const pushed: Pushed[] = [];
  await pushNew(client, random, pushed);
  await orphan(client, random, pushed);
  const steps = options.sha512 ? [...STEPS, pushSha512] : STEPS;
  for (let i = 0; i < (options.steps ?? 25); i++) await random.pick(steps)(client, random, pushed);
}
