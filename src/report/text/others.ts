/** The texts of `guard`, `explain` and `audit`. */
import type { BlobState, Step } from '../../graph/explain.js';
import type { GuardState } from '../../guard/model/types.js';
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type {
  ApprovedReport,
  AuditReport,
  ExplainReport,
  GuardReport,
  WrittenReport,
} from '../model/model.js';
import { count, heading, type Style, size } from '../style.js';
import { whatGoes, whatIsPurged } from './changes/plan.js';
import { kindName, stepText } from './step.js';

const VERDICTS: Readonly<Record<GuardState, string>> = {
  stopped: 'STOPPED: nothing can write to the tree',
  'read-only': 'READ-ONLY: the processes that use the tree can’t write to it',
  'read-only-remote': 'READ-ONLY (remote): every registry given is read-only',
  refused: 'REFUSED',
};

const BEARINGS: Readonly<Record<string, string>> = { for: '+', against: '!', note: ' ' };

export function* guardText(report: GuardReport, style: Style): Generator<string> {
  const refused = report.state === 'refused';
  const color = refused ? style.paint.red : style.paint.green;
  yield `${color.bold(VERDICTS[report.state])}\n`;
  for (const evidence of report.evidence) {
    yield `  ${BEARINGS[evidence.bearing] ?? ' '} ${printable(evidence.message)}\n`;
  }
  const remedies = new Set(report.evidence.flatMap(({ remedy }) => remedy?.split('\n') ?? []));
  if (!refused || remedies.size === 0) return;
  yield `\n${heading(style, 'To resolve this')}`;
  for (const line of remedies) yield `  ${printable(line)}\n`;
}

const STATES: Readonly<Record<BlobState, string>> = {
  live: 'in use',
  young: 'not in use, but recent: protected by --min-age',
  garbage: 'garbage: nothing that is kept refers to it',
  immovable: 'garbage that can’t be moved',
  absent: 'not on the disk',
};

export function* explainText(report: ExplainReport, style: Style): Generator<string> {
  yield heading(style, `${printable(report.question)}: ${STATES[report.state]}`);
  if (report.digest !== undefined && report.digest !== report.question) yield `${report.digest}\n`;
  for (const [i, step] of report.chain.entries()) yield indented(step, isOnTheWay(step) ? i : 0);
  for (const digest of report.referredToBy ?? [])
    yield `  ${digest} refers to it, but is garbage as well\n`;
  for (const { repository, as } of report.linkedIn) {
    yield `linked in ${printable(repository)} as ${printable(kindName(as))}\n`;
  }
  yield* heldText(report);
  yield* signingText(report);
  if (report.since !== null) yield `last referenced: ${report.since}\n`;
  if (report.bytes !== undefined) {
    const isManifest = report.linkedIn.some(({ as }) => as !== 'layer link');
    yield `size of the ${isManifest ? 'manifest' : 'blob'}: ${size(report.bytes)}\n`;
  }
  const { blobs, bytes } = report.frees;
  const kept = report.state === 'live' || report.state === 'absent';
  const what = kept ? 'removing it would free' : 'sweeping it frees';
  if (blobs > 0) yield `${what} ${count(blobs, 'blob')}, ${size(bytes)}\n`;
  else if (report.state === 'live' && report.heldBy === undefined) {
    yield 'removing only it would free no blob\n';
  }
  if (report.state === 'immovable') {
    yield `to see what helps: regsweep check ${shellWord(report.root)}\n`;
  }
  yield* platformsText(report);
}

function* platformsText({ platforms = [] }: ExplainReport): Generator<string> {
  for (const { platform, digest, onDisk, bytes, layers } of platforms) {
    const where = onDisk ? '' : ', not on the disk';
    yield `${printable(platform)}: ${digest}, ${size(bytes)}${where}\n`;
    for (const layer of layers) yield `  layer ${layer.digest}, ${size(layer.bytes)}\n`;
  }
}

function* heldText({ heldBy, frees: { blobs, bytes } }: ExplainReport): Generator<string> {
  if (heldBy === undefined) return;
  const { images, repositories, first, frees } = heldBy;
  const where = count(repositories, 'repository', 'repositories');
  yield `needed by ${count(images, 'image')} in ${where}:\n`;
  for (const name of first) yield `  ${printable(name)}\n`;
  const rest = images - first.length;
  if (rest > 0) yield `  … and ${rest.toLocaleString('en-US')} more\n`;
  if (frees === null) return;
  // The last line says the same about the image itself.
  const isSame = blobs === frees.blobs && bytes === frees.bytes;
  if (images === 1 && isSame) return;
  const all = images === 1 ? 'that image' : `all ${images.toLocaleString('en-US')}`;
  yield `removing ${all} would free ${count(frees.blobs, 'blob')}, ${size(frees.bytes)}\n`;
}

function* signingText({ about, signedBy = [] }: ExplainReport): Generator<string> {
  if (about !== undefined) {
    const where = about.onDisk ? 'on the disk' : 'not on the disk';
    const tagged = about.tags.length === 0 ? '' : `, tagged ${printable(about.tags.join(', '))}`;
    yield `it is about ${about.digest}: ${where}${tagged}\n`;
  }
  for (const tag of signedBy) yield `signed or described by ${printable(tag)}\n`;
}

/** All other states are roots. A repository may have several. */
const isOnTheWay = ({ kind }: Step): boolean => kind === 'reference' || kind === 'referrer';

const indented = (step: Step, depth: number): string =>
  `${'  '.repeat(Math.min(depth, 10) + 1)}${stepText(step)}\n`;

export function* auditText(report: AuditReport, { paint }: Style): Generator<string> {
  if (report.rotatedTo !== undefined) yield `rotated to ${printable(report.rotatedTo)}\n`;
  const entries = count(report.lines, 'entry', 'entries');
  if (report.ok) yield `Audit log ${paint.green('OK')}: ${entries}, chain intact\n`;
  else yield `${paint.red('BROKEN')}: ${printable(report.problem ?? 'the chain is broken')}\n`;
}

export function* approvedText(report: ApprovedReport): Generator<string> {
  const { totals, plan, id, signatures } = report;
  const what = 'runs' in totals ? whatIsPurged(totals) : whatGoes(totals);
  yield `Plan ${id} for ${printable(report.root)}: ${what}\n`;
  yield report.delete ? 'Approved for permanent deletion.\n' : 'Approved for quarantine.\n';
  yield `The approval is in ${printable(signatures)}; keep it beside ${printable(plan)}.\n`;
}

export function* writtenText({ file, bytes }: WrittenReport): Generator<string> {
  yield `${printable(file)}: ${size(bytes)}\n`;
}
