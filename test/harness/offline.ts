/**
 * Trees written straight to a filesystem (memfs or the disk), with the production path
 * functions, as the registry would have written them: no registry needed, every time chosen.
 */
import { createHash } from 'node:crypto';
import nodeFs from 'node:fs';
import { type Digest, parseDigest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import { fsPath } from '../../src/storage/names.js';
import type { Image } from './images.js';

/** The part of `node:fs` in use; memfs's `createFsFromVolume(vol)` fits after one cast. */
export type BuilderFs = Pick<typeof nodeFs, 'mkdirSync' | 'writeFileSync' | 'utimesSync'>;

export class TreeBuilder {
  readonly v2: string;
  #time: Date | undefined;

  /** @param root the rootdirectory; `docker/registry/v2/{blobs,repositories}` is made in it */
  constructor(
    readonly root: string,
    private readonly fs: BuilderFs = nodeFs,
  ) {
    this.v2 = `${root}/${layout.V2}`;
    this.folder(layout.BLOBS).folder(layout.REPOSITORIES);
  }

  /** mtime (ms) of every file written from now on; undefined: as it comes. */
  at(timeMs: number | undefined): this {
    this.#time = timeMs === undefined ? undefined : new Date(timeMs);
    return this;
  }

  /** @param path relative to `docker/registry/v2`, as all paths here */
  folder(path: string): this {
    this.fs.mkdirSync(fsPath(`${this.v2}/${path}`), { recursive: true });
    return this;
  }

  file(path: string, content: Buffer | string): this {
    this.folder(path.slice(0, path.lastIndexOf('/')));
    const where = fsPath(`${this.v2}/${path}`);
    this.fs.writeFileSync(where, content);
    if (this.#time !== undefined) this.fs.utimesSync(where, this.#time, this.#time);
    return this;
  }

  /** Content under its own digest, or under another that the test claims. */
  blob(content: Buffer | string, digest: Digest = digestOf(content)): Digest {
    this.file(layout.blobDataPath(digest), content);
    return digest;
  }

  /** A link file in the folder `folder`; `content` is the digest it names, or any text. */
  link(folder: string, content: string): this {
    return this.file(layout.linkOf(folder), content);
  }

  layerLink(repository: string, digest: Digest, content: string = digest): this {
    return this.link(layout.layerPath(repository, digest), content);
  }

  /** A blob and its layer link. */
  layer(repository: string, content: Buffer | string): Digest {
    const digest = this.blob(content);
    this.layerLink(repository, digest);
    return digest;
  }

  revision(repository: string, digest: Digest, content: string = digest): this {
    return this.link(layout.revisionPath(repository, digest), content);
  }

  /** Points the tag to `digest`; what it pointed to before stays in its history. */
  tag(repository: string, tag: string, digest: Digest): this {
    this.link(layout.tagHistoryPath(repository, tag, digest), digest);
    return this.link(layout.tagCurrentPath(repository, tag), digest);
  }

  /** A push under way. @param startedAtMs the content of `startedat` */
  upload(repository: string, id: string, content: Buffer | string, startedAtMs = 0): this {
    const folder = layout.uploadPath(repository, id);
    this.file(`${folder}/startedat`, new Date(startedAtMs).toISOString());
    return this.file(`${folder}/data`, content);
  }

  /** A manifest's blob, its revision link, and the tags. */
  manifest(repository: string, json: unknown, ...tags: string[]): Digest {
    const content = typeof json === 'string' || Buffer.isBuffer(json) ? json : JSON.stringify(json);
    const digest = this.blob(content);
    this.revision(repository, digest);
    for (const tag of tags) this.tag(repository, tag, digest);
    return digest;
  }

  /** What a push of the image leaves: children, blobs and layer links, revision, tags. */
  push(repository: string, image: Image, ...tags: string[]): Digest {
    for (const child of image.children) this.push(repository, child);
    for (const blob of image.blobs) {
      const stored = this.layer(repository, blob.bytes);
      const claimed = parseDigest(blob.digest);
      if (claimed !== undefined && claimed !== stored) this.layerLink(repository, claimed, stored);
    }
    this.folder(layout.uploadsPath(repository));
    return this.manifest(repository, image.manifest.bytes, ...tags);
  }
}

export function digestOf(content: Buffer | string): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest;
}
