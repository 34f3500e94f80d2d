/**
 * `manifest.json` beside the OCI layout: by it `docker load` and `podman load` find several images
 * in a tar of the folder. It names images that a container can be made from, and no artifacts.
 */
import fs from 'node:fs';

interface Entry {
  readonly Config: string;
  readonly RepoTags: string[];
  readonly Layers: readonly string[];
}

interface Part {
  readonly mediaType?: string;
  readonly digest?: string;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

interface Manifest {
  readonly config?: Part;
  readonly layers?: readonly Part[];
  readonly manifests?: readonly Part[];
}

const CONFIGS: readonly unknown[] = [
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.oci.image.config.v1+json',
];
/** By Node's names. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
const LONGEST_TAG = 128;

/** @param named the images of the layout, by the annotation that names them */
export function archiveEntries(
  folder: string,
  named: readonly { readonly name: string; readonly digest: string }[],
): Entry[] {
  const entries = new Map<string, Entry>();
  for (const { name, digest } of named) {
    const made = entryOf(folder, digest);
    if (made === undefined) continue;
    const entry = entries.get(made.Config) ?? made;
    const tag = name.slice(name.lastIndexOf(':') + 1);
    if (tag.length <= LONGEST_TAG) entry.RepoTags.push(name);
    entries.set(made.Config, entry);
  }
  return [...entries.values()];
}

/** Undefined for what is no image, or lacks a layer here. */
function entryOf(folder: string, digest: string): Entry | undefined {
  const manifest = imageIn(folder, digest);
  const { config, layers = [] } = manifest ?? {};
  if (!CONFIGS.includes(config?.mediaType)) return undefined;
  if (!layers.every(({ mediaType = '' }) => /\btar\b/.test(mediaType))) return undefined;
  const [first, ...rest] = [config!, ...layers].map((part) => pathOf(part.digest ?? ''));
  const isThere = (path: string): boolean => fs.existsSync(`${folder}/${path}`);
  if (![first!, ...rest].every(isThere)) return undefined;
  return { Config: first!, RepoTags: [], Layers: rest };
}

/** Of an index the image for this host, or the first one. */
function imageIn(folder: string, digest: string): Manifest | undefined {
  const manifest = readManifest(folder, digest);
  if (manifest?.manifests === undefined) return manifest;
  const images = manifest.manifests.filter(({ platform }) => platform?.os !== 'unknown');
  const own = ARCHITECTURES[process.arch] ?? process.arch;
  const { digest: child = '' } =
    images.find(({ platform }) => platform?.os === 'linux' && platform.architecture === own) ??
    images[0] ??
    {};
  return readManifest(folder, child);
}

function readManifest(folder: string, digest: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(`${folder}/${pathOf(digest)}`, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // What is no manifest is no image either; the layout itself has it all the same.
    return undefined;
  }
}

const pathOf = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
