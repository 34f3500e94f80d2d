/** A client of the registry's HTTP API: what a push and a pull need, with plain fetch. */
import { createHash } from 'node:crypto';
import type { Blob, Image } from './images.js';
import { run } from './process.js';

const ACCEPT = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ');

export interface Pulled {
  readonly sha256: string;
  readonly size: number;
}

/** By digest; `undefined` where the registry answers 404. */
export type PulledContent = Map<string, Pulled | undefined>;

export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export class RegistryClient {
  readonly #headers: Record<string, string>;

  /** @param login `user:password` */
  constructor(
    readonly url: string,
    login?: string,
  ) {
    const basic = login && `Basic ${Buffer.from(login).toString('base64')}`;
    this.#headers = basic ? { authorization: basic } : {};
  }

  async #call(method: string, where: string, init: RequestInit, ok: number[]): Promise<Response> {
    const target = new URL(where, `${this.url}/`);
    const headers = { ...this.#headers, ...(init.headers as Record<string, string>) };
    const answer = await fetch(target, { ...init, method, headers });
    if (ok.includes(answer.status)) return answer;
    throw new HttpError(
      answer.status,
      `${method} ${target}: ${answer.status} ${await answer.text()}`,
    );
  }

  #at(repository: string, rest: string): string {
    return `${this.url}/v2/${repository}/${rest}`;
  }

  /** Starts an upload and leaves it open. @returns its URL */
  async openUpload(repository: string, part?: Buffer): Promise<string> {
    const opened = await this.#call('POST', this.#at(repository, 'blobs/uploads/'), {}, [202]);
    const location = opened.headers.get('location')!;
    if (part === undefined) return location;
    const headers = { 'content-type': 'application/octet-stream' };
    const patched = await this.#call(
      'PATCH',
      location,
      { body: new Uint8Array(part), headers },
      [202],
    );
    return patched.headers.get('location')!;
  }

  /** @param digest what the client claims: sha256 unless told otherwise (sha512 works too) */
  async uploadBlob(repository: string, bytes: Buffer, digest?: string): Promise<string> {
    const claimed = digest ?? `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const target = new URL(await this.openUpload(repository), `${this.url}/`);
    target.searchParams.set('digest', claimed);
    const headers = { 'content-type': 'application/octet-stream' };
    await this.#call('PUT', target.href, { body: new Uint8Array(bytes), headers }, [201]);
    return claimed;
  }

  async hasBlob(repository: string, digest: string): Promise<boolean> {
    const answer = await this.#call(
      'HEAD',
      this.#at(repository, `blobs/${digest}`),
      {},
      [200, 404],
    );
    return answer.status === 200;
  }

  /** As docker and skopeo do: asks first, uploads what isn't there. @returns true when it was sent */
  async ensureBlob(repository: string, blob: Blob): Promise<boolean> {
    if (await this.hasBlob(repository, blob.digest)) return false;
    await this.uploadBlob(repository, blob.bytes, blob.digest);
    return true;
  }

  /** Cross-repository mount. @throws when the registry opens an upload instead */
  async mountBlob(repository: string, digest: string, from: string): Promise<void> {
    const query = `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`;
    await this.#call('POST', this.#at(repository, query), {}, [201]);
  }

  /** @returns the digest as the registry gives it */
  async putManifest(repository: string, reference: string, manifest: Blob & { mediaType: string }) {
    const init = {
      body: new Uint8Array(manifest.bytes),
      headers: { 'content-type': manifest.mediaType },
    };
    const target = this.#at(repository, `manifests/${reference}`);
    const answer = await this.#call('PUT', target, init, [201]);
    return answer.headers.get('docker-content-digest')!;
  }

  async deleteManifest(repository: string, digest: string): Promise<void> {
    await this.#call('DELETE', this.#at(repository, `manifests/${digest}`), {}, [202]);
  }

  async getManifest(repository: string, reference: string): Promise<Buffer | undefined> {
    const init = { headers: { accept: ACCEPT } };
    const target = this.#at(repository, `manifests/${reference}`);
    const answer = await this.#call('GET', target, init, [200, 404]);
    return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined;
  }

  async getBlob(repository: string, digest: string): Promise<Buffer | undefined> {
    const answer = await this.#call('GET', this.#at(repository, `blobs/${digest}`), {}, [200, 404]);
    return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined;
  }

  /** undefined where the repository has no tags or isn't there. */
  async tags(repository: string): Promise<string[]> {
    const answer = await this.#call('GET', this.#at(repository, 'tags/list'), {}, [200, 404]);
    if (answer.status === 404) return [];
    return (((await answer.json()) as { tags: string[] | null }).tags ?? []).sort();
  }

  async repositories(): Promise<string[]> {
    const answer = await this.#call('GET', `${this.url}/v2/_catalog?n=1000`, {}, [200]);
    return ((await answer.json()) as { repositories: string[] }).repositories.sort();
  }

  /** Children first, then blobs, then the manifest under `reference` (its digest by default). */
  async push(repository: string, image: Image, reference?: string): Promise<void> {
    for (const child of image.children) await this.push(repository, child);
    for (const blob of image.blobs) await this.ensureBlob(repository, blob);
    await this.putManifest(repository, reference ?? image.manifest.digest, image.manifest);
  }

  /** A manifest and everything it references, recursively, as the client gets it. */
  async pullAll(repository: string, reference: string): Promise<PulledContent> {
    const content: PulledContent = new Map();
    await this.#pull(repository, reference, content);
    return new Map([...content].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async #pull(repository: string, reference: string, content: PulledContent): Promise<void> {
    if (content.has(reference)) return;
    const bytes = await this.getManifest(repository, reference);
    content.set(reference, bytes && pulledOf(unsigned(bytes)));
    if (bytes === undefined) return this.#pullBlob(repository, reference, content);
    const { manifests, blobs } = referencesOf(bytes);
    for (const digest of blobs) await this.#pullBlob(repository, digest, content);
    for (const digest of manifests) await this.#pull(repository, digest, content);
  }

  async #pullBlob(repository: string, digest: string, content: PulledContent): Promise<void> {
    if (!digest.includes(':') || content.get(digest) !== undefined) return;
    const bytes = await this.getBlob(repository, digest);
    content.set(digest, bytes && pulledOf(bytes));
  }

  /** Every tag of every repository, pulled. Keys are `repository:tag`. */
  async pullEverything(): Promise<Map<string, PulledContent>> {
    const everything = new Map<string, PulledContent>();
    for (const repository of await this.repositories()) {
      for (const tag of await this.tags(repository)) {
        everything.set(`${repository}:${tag}`, await this.pullAll(repository, tag));
      }
    }
    return everything;
  }
}

/** The registry signs schema 1 anew for each pull, so its signatures are left out. */
function unsigned(bytes: Buffer): Buffer {
  if (!bytes.includes('"schemaVersion": 1')) return bytes;
  const { signatures: _, ...rest } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  return Buffer.from(JSON.stringify(rest));
}

function pulledOf(bytes: Buffer): Pulled {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}

interface ManifestJson {
  readonly config?: { digest: string };
  readonly layers?: { digest: string }[];
  readonly fsLayers?: { blobSum: string }[];
  readonly manifests?: { digest: string; mediaType?: string }[];
}

function referencesOf(bytes: Buffer): { manifests: string[]; blobs: string[] } {
  let json: ManifestJson;
  try {
    json = JSON.parse(bytes.toString('utf8')) as ManifestJson;
  } catch {
    return { manifests: [], blobs: [] };
  }
  const config = json.config === undefined ? [] : [json.config.digest];
  const layers = (json.layers ?? []).map((layer) => layer.digest);
  const old = (json.fsLayers ?? []).map((layer) => layer.blobSum);
  const children = json.manifests ?? [];
  const isManifest = (type = ''): boolean => ACCEPT.includes(type);
  const manifests = children.filter((child) => isManifest(child.mediaType));
  const leaves = children.filter((child) => !isManifest(child.mediaType));
  const digests = (list: { digest: string }[]): string[] => list.map((child) => child.digest);
  return {
    manifests: digests(manifests),
    blobs: [...config, ...layers, ...old, ...digests(leaves)],
  };
}

/** `skopeo copy` from an OCI layout to the registry. @throws with skopeo's words when it fails */
export async function skopeoPush(layout: string, host: string, name: string): Promise<void> {
  await skopeo([
    'copy',
    '--all',
    '--dest-tls-verify=false',
    `oci:${layout}`,
    `docker://${host}/${name}`,
  ]);
}

/** `skopeo copy` from the registry into a `dir:` folder. */
export async function skopeoPull(host: string, name: string, folder: string): Promise<void> {
  await skopeo([
    'copy',
    '--all',
    '--src-tls-verify=false',
    `docker://${host}/${name}`,
    `dir:${folder}`,
  ]);
}

async function skopeo(args: string[]): Promise<void> {
  const output = await run('skopeo', ['--insecure-policy', ...args]);
  if (output.code !== 0) throw new Error(`skopeo ${args.join(' ')}: ${output.stderr}`);
}
