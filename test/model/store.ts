/** A store as its clients know it: what they pushed, deleted and tagged, kept beside the disk. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import * as images from '../harness/images.js';
import { digestOf as hashOf, TreeBuilder } from '../harness/offline.js';
import type { Random } from '../harness/random.js';

export const REPOSITORIES = ['app', 'app/worker', 'team/api'] as const;
export const TAGS = ['latest', 'v1', 'v2'] as const;

interface Pushed {
  readonly repository: string;
  readonly image: images.Image;
}

export const storedAt = (digest: string): string => {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`;
};

const linkAt = (repository: string, part: string, digest: string): string =>
  `repositories/${repository}/${part}/${digest.replace(':', '/')}/link`;

const currentAt = (repository: string, tag: string): string =>
  `repositories/${repository}/_manifests/tags/${tag}/current/link`;

const repositoryOf = (path: string): string =>
  path.replace(/\/_(uploads|manifests|layers)\/.*$/, '');

const OLD = Date.parse('2024-03-01T12:00:00Z');

export class ModelStore {
  readonly #builder: TreeBuilder;
  readonly #pushed: Pushed[] = [];
  /** `repository:tag` → image. */
  readonly #tags = new Map<string, Pushed>();
  /** Every file that clients wrote and did not delete, by content. */
  #written = new Map<string, string>();

  constructor(readonly root: string) {
    this.#builder = new TreeBuilder(root).at(OLD);
  }

  get v2(): string {
    return this.#builder.v2;
  }

  push(random: Random, repository: string, tag: string | undefined): void {
    const shared = this.#pushed.flatMap(({ image }) => image.blobs.slice(1));
    const layers = [...random.sample(shared, random.between(0, 2)), images.randomLayer(random, 60)];
    const make = random.pick([
      () => images.dockerImage(random, layers),
      () => images.ociImage(random, layers),
      () => images.manifestList([images.dockerImage(random, layers), images.ociImage(random)]),
      () => images.ociIndex([images.ociIndex([images.ociImage(random, layers)])]),
      () => images.buildkitCache(random),
      () => images.sha512Image(random),
      () => this.#referrer(random, repository),
    ]);
    this.#push({ repository, image: make() }, tag);
  }

  #referrer(random: Random, repository: string): images.Image {
    const here = this.#pushed.filter((one) => one.repository === repository);
    if (here.length === 0) return images.ociImage(random);
    return images.referrer(random, random.pick(here).image);
  }

  /** The same image again: what of it was swept is uploaded anew. */
  pushAgain(random: Random, tag: string): void {
    if (this.#pushed.length > 0) this.#push(random.pick(this.#pushed), tag);
  }

  orphan(random: Random, repository: string): void {
    this.#note(() => this.#builder.layer(repository, random.bytes(random.between(1, 90))));
  }

  upload(random: Random, repository: string): void {
    this.#note(() => this.#builder.upload(repository, `u-${random.below(1000)}`, random.bytes(20)));
  }

  /** As the API's DELETE: the revision's link goes, and the tags that point there. */
  remove(random: Random): void {
    if (this.#pushed.length === 0) return;
    const [gone] = this.#pushed.splice(random.below(this.#pushed.length), 1);
    const { repository, image } = gone!;
    const { digest } = image.manifest;
    this.#delete(linkAt(repository, '_manifests/revisions', digest));
    for (const [name, tagged] of this.#tags) {
      if (tagged.repository !== repository || tagged.image.manifest.digest !== digest) continue;
      this.untag(name);
    }
  }

  untag(name: string): void {
    const [repository = '', tag = ''] = name.split(':');
    const folder = `repositories/${repository}/_manifests/tags/${tag}/`;
    fs.rmSync(`${this.v2}/${folder}`, { recursive: true, force: true });
    for (const path of this.#written.keys())
      if (path.startsWith(folder)) this.#written.delete(path);
    this.#tags.delete(name);
  }

  /** What was purged for good needn't be found again. @param found in the tree or in quarantine */
  forgetPurged(found: ReadonlyMap<string, string>): void {
    this.#written = new Map([...this.#written].filter(([path]) => found.has(path)));
  }

  /**
   * Killed meanwhile, a purge leaves half of an upload, or of a repository, in quarantine, and the
   * next command ends the rest of it.
   */
  forgetHalfPurged(found: ReadonlyMap<string, string>): void {
    const ended = [...this.#written.keys()].filter((path) => !found.has(path));
    const cut = new Set(ended.map(repositoryOf));
    const inTree = filesIn(this.v2);
    for (const path of this.#written.keys()) {
      if (path.startsWith('repositories/') && cut.has(repositoryOf(path)) && !inTree.has(path)) {
        this.#written.delete(path);
      }
    }
    this.forgetPurged(found);
  }

  /** What of the tags' images can't be pulled now, byte for byte. */
  unpullable(): string[] {
    const problems: string[] = [];
    for (const [name, { repository, image }] of this.#tags) {
      const [, tag = ''] = name.split(':');
      const { digest } = image.manifest;
      if (this.#read(currentAt(repository, tag)) !== digest) problems.push(`${name} is gone`);
      problems.push(...this.#lacking(repository, image).map((what) => `${name}: ${what}`));
    }
    return problems;
  }

  #lacking(repository: string, image: images.Image): string[] {
    const { digest } = image.manifest;
    const links = [linkAt(repository, '_manifests/revisions', digest)];
    const stored = [digest];
    for (const blob of image.blobs) {
      links.push(linkAt(repository, '_layers', blob.digest));
      stored.push(hashOf(blob.bytes));
    }
    return [
      ...links.filter((link) => this.#read(link) === undefined),
      ...stored.filter((blob) => !this.#isWhole(blob)),
      ...image.children.flatMap((child) => this.#lacking(repository, child)),
    ];
  }

  #isWhole(digest: string): boolean {
    const content = this.#read(storedAt(digest), 'latin1');
    return content !== undefined && digest === `sha256:${sha256(Buffer.from(content, 'latin1'))}`;
  }

  /**
   * Blobs that a layer link names which is called otherwise (a layer pushed as sha512): such a
   * link, and with it the blob, stays while a manifest in quarantine needs it.
   */
  otherwiseNamed(): Set<string> {
    const found = new Set<string>();
    for (const path of filesIn(`${this.v2}/repositories`).keys()) {
      const digest = /\/_layers\/(\w+)\/(\w+)\/link$/.exec(path);
      if (digest === null) continue;
      const named = this.#read(`repositories/${path}`);
      if (named !== undefined && named !== `${digest[1]}:${digest[2]}`) found.add(named);
    }
    return found;
  }

  /** Files that are in neither place. */
  lost(found: ReadonlyMap<string, string>): string[] {
    return [...this.#written].flatMap(([path, hash]) => (found.get(path) === hash ? [] : [path]));
  }

  #push(pushed: Pushed, tag: string | undefined): void {
    const { repository, image } = pushed;
    this.#note(() => this.#builder.push(repository, image, ...(tag === undefined ? [] : [tag])));
    this.#pushed.push(pushed);
    if (tag !== undefined) this.#tags.set(`${repository}:${tag}`, pushed);
  }

  /** Takes down which files an action wrote or replaced. */
  #note(action: () => unknown): void {
    const before = filesIn(this.v2);
    action();
    for (const [path, hash] of filesIn(this.v2)) {
      if (before.get(path) !== hash) this.#written.set(path, hash);
    }
  }

  #delete(path: string): void {
    fs.rmSync(`${this.v2}/${path}`, { force: true });
    this.#written.delete(path);
  }

  #read(path: string, encoding: BufferEncoding = 'utf8'): string | undefined {
    const file = `${this.v2}/${path}`;
    return fs.existsSync(file) ? fs.readFileSync(file, encoding) : undefined;
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Files below a folder with the hash of their content. */
export function filesIn(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  if (!fs.existsSync(folder)) return found;
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    found.set(path.slice(folder.length + 1), sha256(fs.readFileSync(path)));
  }
  return found;
}
