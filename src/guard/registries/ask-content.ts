/**
 * Checks whether a registry serves another tree: asks it, at each of its addresses, for content of
 * this tree. Only a registry's own answer that it has the content, or lacks it, counts.
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

type Presence = 'has' | 'lacks' | 'unclear';

/** The registry's answer about one item. */
interface ItemAnswer {
  readonly presence: Presence;
  readonly detail: string;
  readonly login?: true;
}

/**
 * @param cache the registry is a pull-through cache. It would fetch and store the content that it is
 *   asked for, so only its catalog is read.
 */
export async function askContent(
  tree: StorageTree,
  { apis, unclear, login, listens }: FoundApis,
  samples: Samples,
  cache: boolean,
): Promise<ContentAnswer> {
  if (!listens) return { state: 'unasked', detail: 'it doesn’t listen anywhere', listens: false };
  if (unclear.length > 0 || apis.length === 0) {
    const detail = unclear.join('; ') || 'it answers as a registry at no address';
    return { state: 'unasked', detail, ...(login === true ? { login } : {}) };
  }
  const items = cache ? [] : samples.items;
  const answers: ItemAnswer[] = [];
  for (const api of apis) {
    answers.push(...(await askItems(api, tree, items)));
    if (items.length === 0) answers.push(...(await askCatalog(api, samples.repositories, cache)));
  }
  return conclude(answers);
}

function conclude(answers: readonly ItemAnswer[]): ContentAnswer {
  const having = answers.find(({ presence }) => presence === 'has');
  if (having !== undefined) return { state: 'has', detail: having.detail };
  const unclear = answers.filter(({ presence }) => presence === 'unclear');
  if (unclear.length > 0) {
    const login = unclear.some((answer) => answer.login === true);
    return { state: 'unasked', detail: unclear[0]!.detail, ...(login ? { login: true } : {}) };
  }
  if (answers.length === 0) {
    return { state: 'undecided', detail: 'this tree has nothing to ask for' };
  }
  return { state: 'elsewhere', detail: `${answers.length} asked for` };
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
): Promise<ItemAnswer[]> {
  const replies = await api.ask(items.map(questionFor));
  return items.flatMap((item, i) => {
    const reply = replies[i]!;
    const presence = presenceIn(reply);
    if (presence === 'lacks' && !isStillLinked(tree, item)) return [];
    return [itemAnswer(presence, `${item.repository}@${item.digest}`, api, reply)];
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

function presenceIn(reply: ReplyOrError): Presence {
  if (!isRegistry(reply)) return 'unclear';
  if (reply.status === 404 && LACKS.test(reply.body)) return 'lacks';
  const isFound = reply.status >= 200 && reply.status < 400;
  return isFound || reply.status === 416 ? 'has' : 'unclear';
}

/**
 * Asks for the repositories' names. A name that is present doesn't show that the content is the
 * same, so only a cache's counts.
 */
async function askCatalog(
  api: RegistryApi,
  repositories: readonly string[],
  cache: boolean,
): Promise<ItemAnswer[]> {
  const questions = repositories.map((name) => ({
    method: 'GET',
    path: `/v2/_catalog?n=3&last=${encodeURIComponent(justBefore(name))}`,
  }));
  const replies = await api.ask(questions);
  return repositories.flatMap((name, i): ItemAnswer[] => {
    const reply = replies[i]!;
    const listed = listedIn(reply);
    if (listed === undefined) {
      return [itemAnswer('unclear', `its catalog at ${name}`, api, reply)];
    }
    if (!listed.includes(name)) {
      const passed = listed.every((other) => sortKey(other) > sortKey(name));
      return [itemAnswer(passed ? 'lacks' : 'unclear', name, api, reply)];
    }
    return cache ? [itemAnswer('has', name, api, reply)] : [];
  });
}

/** Characters of names in the registry's sort order. It sorts `/` as a zero byte. */
const LETTERS = '\0-.0123456789_abcdefghijklmnopqrstuvwxyz';

/** The last string before the name, and after all names before it: `~` sorts after all letters. */
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

const itemAnswer = (
  presence: Presence,
  item: string,
  api: RegistryApi,
  reply: ReplyOrError,
): ItemAnswer => ({
  presence,
  detail: `${api.name}: ${show(reply)} for ${item}`,
  ...(wantsLogin(reply) ? { login: true } : {}),
});

/** Asks for a nonce that was just written to this tree, at each address of the registry. */
export async function askNonce({ apis }: FoundApis, nonce: Nonce): Promise<ContentAnswer> {
  const answers: ItemAnswer[] = [];
  for (const api of apis) {
    const [reply] = await api.ask([nonceQuestion(nonce)]);
    answers.push(itemAnswer(presenceIn(reply!), 'a blob just written to this tree', api, reply!));
  }
  return conclude(answers);
}
