/** `explain`: why something is kept or is garbage, and the size that removing it frees. */
import { type Facts, nodeOf } from '../../../facts/types.js';
import { ACTION_KINDS } from '../../../graph/action-kinds.js';
import { imagesUsing } from '../../../graph/broken.js';
import {
  type Explanation,
  explainMark,
  type Reference,
  type Step,
} from '../../../graph/explain.js';
import type { Marks } from '../../../graph/types.js';
import { jsonName, rawPath } from '../../../report/build/names.js';
import { aboutOf, signaturesOf } from '../../../report/build/signatures.js';
import type { ExplainReport } from '../../../report/model/model.js';
import type { Digest } from '../../../storage/digest.js';
import { tagPath } from '../../../storage/layout.js';
import { printable } from '../../../storage/names.js';
import { RegsweepError } from '../../../util/errors.js';
import { knownTime } from '../../../util/iso-time.js';
import { repositoryMatcher } from '../../../util/pattern/glob-list.js';
import { shellWord } from '../../../util/shell-quote.js';
import { type Context, treeOf } from '../../context.js';
import { scanAndMark } from '../../scan/scan.js';
import { readReference, resolveReference } from '../../select/reference.js';
import { selectionOf } from '../../select/selection.js';
import { nearestReference } from '../../select/targets.js';
import { withImmovable } from '../measured-tree.js';
import { freedByImages, freedByRemoval, freedBySweep, referringGarbage } from './freed-bytes.js';
import { platformsOf } from './platforms.js';

/** @param subject a digest, `repo`, `repo:tag` or `repo@digest` */
export async function explainSubject(context: Context, subject: string): Promise<ExplainReport> {
  readReference(subject);
  const tree = await treeOf(context);
  const selection = { ...selectionOf(context.options), repo: [], exclude: [], kinds: ACTION_KINDS };
  const seen = await scanAndMark(context, tree, selection);
  const { facts } = seen;
  const question = resolveReference(facts, subject);
  const marks = withImmovable(seen);
  const found = explainMark(facts, marks, question);
  if (found === undefined) throw notThere(subject, facts, question);
  const { digest, bytes, since } = found;
  const shows = repositoryMatcher(context.options.repo, context.options.exclude);
  return {
    schemaVersion: 1,
    root: tree.rootDirectory,
    question: jsonName(found.subject),
    ...rawPath(found.subject),
    ...(digest === undefined ? {} : { digest }),
    state: found.state,
    ...(bytes === undefined ? {} : { bytes }),
    since: since === undefined ? null : knownTime(since),
    chain: found.chain.map(stepOf),
    linkedIn: found.linkedIn.filter(({ repository }) => shows(repository)).map(linkOf),
    ...signing(facts, question, digest),
    ...unkept(facts, marks, found),
    ...holding(facts, marks, question, found),
    frees: freedWith(facts, marks, question, found),
    ...(context.options.platform && digest !== undefined
      ? { platforms: platformsOf(facts, digest) }
      : {}),
  };
}

/** The garbage manifests that refer to a garbage blob. */
function unkept(
  facts: Facts,
  marks: Marks,
  { digest, state }: Explanation,
): Pick<ExplainReport, 'referredToBy'> {
  if (digest === undefined || (state !== 'garbage' && state !== 'young')) return {};
  const referredToBy = referringGarbage(facts, marks, digest);
  return referredToBy.length === 0 ? {} : { referredToBy };
}

function freedWith(
  facts: Facts,
  marks: Marks,
  question: Reference,
  { digest, state, frees }: Explanation,
): ExplainReport['frees'] {
  if (state === 'immovable') return { blobs: 0, bytes: 0 };
  if (digest !== undefined && (state === 'garbage' || state === 'young')) {
    return freedBySweep(facts, marks, digest);
  }
  return freedByRemoval(facts, marks, question) ?? frees;
}

const HOLDERS_SHOWN = 20;

/**
 * For a layer, config or child manifest: the images that need it. Not for tags and repositories.
 */
function holding(
  facts: Facts,
  marks: Marks,
  question: Reference,
  { digest }: Explanation,
): Pick<ExplainReport, 'heldBy'> {
  if (digest === undefined || 'tag' in question) return {};
  const images = imagesUsing(facts, nodeOf(facts, digest)!);
  if (images.length === 0) return {};
  const first = images
    .slice(0, HOLDERS_SHOWN)
    .map(({ repository, tag, digest: manifest }) =>
      jsonName(tag === undefined ? `${repository}@${manifest}` : `${repository}:${tag}`),
    );
  const repositories = new Set(images.map(({ repository }) => repository)).size;
  const frees = freedByImages(facts, marks, images) ?? null;
  return { heldBy: { images: images.length, repositories, first, frees } };
}

function notThere(subject: string, facts: Facts, question: Reference): RegsweepError {
  if (isDamagedTag(facts, question)) return unreadableTag(subject, facts);
  const root = shellWord(facts.tree.rootDirectory);
  const lists = `to list the repositories, and the runs in quarantine:\nregsweep ls --root ${root}\nregsweep trash list ${root}`;
  const near =
    'tag' in question || !('digest' in question) ? nearestReference(facts, subject) : undefined;
  return new RegsweepError('failed', `${printable(subject)}${whatLacks(facts, question)}`, {
    remedy: near === undefined ? lists : `did you mean ${near}? Or ${lists}`,
  });
}

const isDamagedTag = ({ repositories }: Facts, question: Reference): boolean =>
  'tag' in question &&
  repositories.some(
    ({ name, tags }) => name === question.repository && tags.names.includes(question.tag),
  );

const unreadableTag = (subject: string, { tree }: Facts): RegsweepError =>
  new RegsweepError(
    'failed',
    `${printable(subject)}: the tag's link can't be read, so everything in its repository is kept`,
    { remedy: `regsweep check ${shellWord(tree.rootDirectory)}` },
  );

/** The part of the subject that doesn't exist. */
function whatLacks(facts: Facts, question: Reference): string {
  if (!('repository' in question)) return ' is not in the tree';
  const { repository } = question;
  if (!facts.repositories.some(({ name }) => name === repository)) return ' is not in the tree';
  if ('tag' in question)
    return `: ${printable(repository)} has no tag "${printable(question.tag)}"`;
  return ': the tree has no such digest';
}

function signing(
  facts: Facts,
  question: Reference,
  digest: Digest | undefined,
): Pick<ExplainReport, 'about' | 'signedBy'> {
  const about = 'tag' in question ? aboutOf(facts, question.repository, question.tag) : undefined;
  const signedBy = digest === undefined ? [] : signaturesOf(facts, digest);
  return {
    ...(about === undefined ? {} : { about }),
    ...(signedBy.length === 0 ? {} : { signedBy }),
  };
}

function stepOf(step: Step): ExplainReport['chain'][number] {
  const { repository, tag } = step;
  return {
    ...step,
    ...(repository === undefined ? {} : { repository: jsonName(repository) }),
    ...(tag === undefined ? {} : { tag: jsonName(tag) }),
    ...rawPlace(repository, tag),
  };
}

const TAG = 'tag ';

function linkOf({ repository, as }: Explanation['linkedIn'][number]) {
  const tag = as.startsWith(TAG) ? as.slice(TAG.length) : undefined;
  return { repository: jsonName(repository), as: jsonName(as), ...rawPlace(repository, tag) };
}

/** The exact bytes of a tag's path or of a repository's name, as in other reports. */
function rawPlace(repository: string | undefined, tag: string | undefined) {
  if (repository === undefined) return {};
  return rawPath(tag === undefined ? repository : tagPath(repository, tag));
}
