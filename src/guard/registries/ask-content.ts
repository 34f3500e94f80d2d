/**
 * Shows by asking that a registry serves another tree: it is asked, at each of its addresses, for
 * what this tree has. An answer counts where it is a registry's own word that it has it, or not.
 */
import type { StorageTree } from '../../storage/port.js';
import type { ContentAnswer } from '../model/observations.js';
import type { FoundApis, RegistryApi } from '../probe/apis.js';
import { type Nonce, nonceQuestion } from '../probe/nonce.js';
import {
  isRegistry,
  type ProbeQuestion,
  type ReplyOrError,
  show,
  wantsLogin,
} from '../probe/probe.js';
import { type ContentSample, isStillLinked, type Samples } from './samples.js';

/** `unclear`: neither a yes nor a no. */
type Word = 'has' | 'lacks' | 'unclear';

interface Asked {
  readonly word: Word;
  readonly told: string;
  readonly login?: true;
}

/**
 * @param cache it is a pull-through cache, which would fetch and store what it is asked for: only
 *   its catalog is looked at
 */
export async function askContent(
  tree: StorageTree,
  { apis, unclear, login, listens }: FoundApis,
  samples: Samples,
  cache: boolean,
): Promise<ContentAnswer> {
  if (!listens) return { state: 'unasked', detail: 'it doesn’t listen anywhere', listens: false };
  if (unclear.length > 0 || apis.length === 0) {
    const detail = unclear.join('; ') || 'none of its addresses answers as a registry';
    return { state: 'unasked', detail, ...(login === true ? { login } : {}) };
  }
  const items = cache ? [] : samples.items;
  const asked: Asked[] = [];
  for (const api of apis) {
    asked.push(...(await askItems(api, tree, items)));
    if (items.length === 0) asked.push(...(await askCatalog(api, samples.repositories, cache)));
  }
  return conclude(asked);
}

function conclude(asked: readonly Asked[]): ContentAnswer {
  const having = asked.find(({ word }) => word === 'has');
  if (having !== undefined) return { state: 'has', detail: having.told };
  const open = asked.filter(({ word }) => word === 'unclear');
  if (open.length > 0) {
    const login = open.some((one) => one.login === true);
    return { state: 'unasked', detail: open[0]!.told, ...(login ? { login: true } : {}) };
  }
  if (asked.length === 0) return { state: 'undecided', detail: 'this tree has nothing to ask for' };
  return { state: 'elsewhere', detail: `${asked.length} asked for` };
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  '*/*',
].join(', ');

async function askItems(
  api: RegistryApi,
  tree: StorageTree,
  items: readonly ContentSample[],
): Promise<Asked[]> {
  const replies = await api.ask(items.map(questionFor));
  return items.flatMap((item, i) => {
    const reply = replies[i]!;
    const word = wordOf(reply);
    if (word === 'lacks' && !isStillLinked(tree, item)) return [];
    return [heard(word, `${item.repository}@${item.digest}`, api, reply)];
  });
}

const questionFor = ({ repository, kind, digest }: ContentSample): ProbeQuestion =>
  kind === 'layer'
    ? { method: 'GET', path: `/v2/${repository}/blobs/${digest}`, headers: { range: 'bytes=0-0' } }
    : {
        method: 'GET',
        path: `/v2/${repository}/manifests/${digest}`,
        headers: { accept: MANIFEST_TYPES },
      };

const LACKS = /"code":\s*"(?:NAME|BLOB|MANIFEST)_UNKNOWN"/;

function wordOf(reply: ReplyOrError): Word {
  if (!isRegistry(reply)) return 'unclear';
  if (reply.status === 404 && LACKS.test(reply.body)) return 'lacks';
  const given = reply.status >= 200 && reply.status < 400;
  return given || reply.status === 416 ? 'has' : 'unclear';
}

/** Whether it has the repositories' names; of one that it has, whether it is the same isn't told. */
async function askCatalog(
  api: RegistryApi,
  repositories: readonly string[],
  cache: boolean,
): Promise<Asked[]> {
  const questions = repositories.map((name) => ({
    method: 'GET',
    path: `/v2/_catalog?n=3&last=${encodeURIComponent(justBefore(name))}`,
  }));
  const replies = await api.ask(questions);
  return repositories.flatMap((name, i): Asked[] => {
    const reply = replies[i]!;
    const listed = listedIn(reply);
    if (listed === undefined) return [heard('unclear', `its catalog at ${name}`, api, reply)];
    if (!listed.includes(name)) {
      const passed = listed.every((other) => sortKey(other) > sortKey(name));
      return [heard(passed ? 'lacks' : 'unclear', name, api, reply)];
    }
    return cache ? [heard('has', name, api, reply)] : [];
  });
}

/** What names are made of, `/` for which the registry sorts a zero byte, in its order. */
const LETTERS = '\0-.0123456789_abcdefghijklmnopqrstuvwxyz';

/** Sorts before the name and after every other one that does: `~` comes after all letters. */
function justBefore(name: string): string {
  const last = LETTERS.indexOf(name.at(-1)!);
  return `${name.slice(0, -1)}${LETTERS[last - 1]}~`;
}

const sortKey = (name: string): string => name.replaceAll('/', '\0');

function listedIn(reply: ReplyOrError): string[] | undefined {
  if (!isRegistry(reply) || reply.status !== 200) return undefined;
  try {
    const { repositories } = JSON.parse(reply.body) as { repositories?: unknown };
    if (repositories === null) return [];
    return Array.isArray(repositories) ? repositories.map(String) : undefined;
  } catch {
    return undefined;
  }
}

const heard = (word: Word, what: string, api: RegistryApi, reply: ReplyOrError): Asked => ({
  word,
  told: `${api.name}: ${show(reply)} for ${what}`,
  ...(wantsLogin(reply) ? { login: true } : {}),
});

/** Whether it shows what was just written to this tree. */
export async function askNonce({ apis }: FoundApis, nonce: Nonce): Promise<ContentAnswer> {
  const asked: Asked[] = [];
  for (const api of apis) {
    const [reply] = await api.ask([nonceQuestion(nonce)]);
    asked.push(heard(wordOf(reply!), 'what was just written to this tree', api, reply!));
  }
  return conclude(asked);
}
