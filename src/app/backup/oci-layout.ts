/** An OCI image layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { algorithmOf, type Digest, hexOf } from '../../storage/digest.js';
import { errnoOf, RegsweepError, usageError } from '../../util/errors.js';
import { archiveEntries } from './docker-archive.js';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const NAME = 'org.opencontainers.image.ref.name';
/** The annotation that docker load and containerd use. */
const IMAGE_NAME = 'io.containerd.image.name';
const VERSION = { imageLayoutVersion: '1.0.0' };

export class OciLayout {
  readonly #manifests: Descriptor[];

  /** @throws RegsweepError `usage` if the folder has other content */
  constructor(readonly folder: string) {
    this.#manifests = this.#read();
  }

  #read(): Descriptor[] {
    const text = textIn(`${this.folder}/index.json`);
    if (text === undefined) {
      const names = namesIn(this.folder).filter((name) => !['blobs', 'oci-layout'].includes(name));
      if (names.length === 0) return [];
      throw usageError(
        `--backup ${this.folder}: the folder is not empty and has no image layout`,
        'choose a new or empty folder, or that of an earlier --backup',
      );
    }
    try {
      const { manifests } = JSON.parse(text) as { manifests: Descriptor[] };
      if (Array.isArray(manifests)) return [...manifests];
    } catch {
      // Reported below, as any other file that is no index.
    }
    throw usageError(
      `--backup ${this.folder}: its index.json can't be read`,
      'choose another folder',
    );
  }

  pathOf = (digest: Digest): string =>
    `${this.folder}/blobs/${algorithmOf(digest)}/${hexOf(digest)}`;

  /** A blob in the layout was verified when it was written. */
  has(digest: Digest, size: number): boolean {
    const stat = fs.lstatSync(this.pathOf(digest), { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size === size;
  }

  make(): void {
    fs.mkdirSync(`${this.folder}/blobs`, { recursive: true, mode: 0o755 });
    writeFileAtomic.sync(`${this.folder}/oci-layout`, JSON.stringify(VERSION));
  }

  /** An image with that name from an earlier run keeps its blobs, under a name with its digest. */
  add(name: string, descriptor: Descriptor): void {
    const before = this.#manifests.findIndex(({ annotations }) => annotations?.[NAME] === name);
    if (before >= 0) {
      const old = this.#manifests[before]!;
      if (old.digest === descriptor.digest) return;
      const hex = old.digest.slice(old.digest.indexOf(':') + 1, old.digest.indexOf(':') + 13);
      const renamed = `${name}-${hex}`;
      this.#manifests[before] = { ...old, annotations: { [NAME]: renamed, [IMAGE_NAME]: renamed } };
    }
    this.#manifests.push({ ...descriptor, annotations: { [NAME]: name, [IMAGE_NAME]: name } });
  }

  write(): void {
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: this.#manifests,
    };
    writeFileAtomic.sync(`${this.folder}/index.json`, JSON.stringify(index));
    const named = this.#manifests.flatMap(({ digest, annotations }) => {
      const name = annotations?.[NAME];
      return name === undefined ? [] : [{ name, digest }];
    });
    const entries = JSON.stringify(archiveEntries(this.folder, named));
    writeFileAtomic.sync(`${this.folder}/manifest.json`, entries);
  }
}

function textIn(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new RegsweepError('usage', `--backup: ${(error as Error).message}`, {
      path,
      cause: error,
    });
  }
}

const namesIn = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

/** The type of a manifest that is in the layout. */
export async function descriptorOf(path: string, digest: Digest): Promise<Descriptor> {
  const bytes = await readFile(path);
  return { mediaType: mediaTypeOf(bytes.toString('utf8')), digest, size: bytes.length };
}

/** Docker's media types are replaced by OCI's: skopeo finds no others by name in a layout. */
function mediaTypeOf(text: string): string {
  const manifest = parsed(text);
  if ('manifests' in manifest) return 'application/vnd.oci.image.index.v1+json';
  if ('fsLayers' in manifest) return 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  return 'application/vnd.oci.image.manifest.v1+json';
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
