/** Shows the planned changes and asks the user before anything is changed. */
import { createInterface } from 'node:readline';
import type { Confirm, Progress, Question } from '../../app/context.js';
import { allocation, count, makeStyle } from '../../report/style.js';
import { everythingGoes, kindsText, whatGoes } from '../../report/text/changes/plan.js';
import { removalText, removedText } from '../../report/text/changes/removal.js';
import { printable } from '../../storage/names.js';
import { formatDuration } from '../../util/duration.js';
import { RegsweepError, usageError } from '../../util/errors.js';
import type { Settings } from '../settings/resolve.js';
import { forTerminal, sayToUser } from './log.js';
import type { Terminal } from './terminal.js';

const YES_OR_NO = '[y/N]';

export interface Asking {
  readonly settings: Pick<Settings, 'yes' | 'quiet'>;
  readonly terminal: Pick<Terminal, 'canAsk' | 'width'>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Text for a user who aborts: what was done before. */
  readonly done: () => string;
}

export function makeConfirm(asking: Asking): Confirm {
  const { settings, terminal } = asking;
  return {
    require: () => requireTerminal(asking),
    async ask(question) {
      asking.progress.stop();
      const shown = [...shownBefore(question, terminal.width)].join('');
      if (shown !== '' && !settings.quiet) sayToUser(shown);
      if (settings.yes) return true;
      requireTerminal(asking);
      const answer = await readAnswer(asking, textOf(question), asking.done());
      return isEverything(question)
        ? answer.replace(/[,_ ]/g, '') === String(question.totals.blobs)
        : /^y(es)?$/i.test(answer);
    },
  };
}

/** @throws RegsweepError `usage` without a terminal and without `--yes` */
function requireTerminal({ settings, terminal }: Asking): void {
  if (settings.yes || terminal.canAsk) return;
  throw usageError(
    'this changes the tree and needs confirmation, but there is no terminal',
    'give --yes to confirm it, or --dry-run to see what would be removed',
  );
}

type Change = Extract<Question, { kind: 'change' }>;

const isEverything = (question: Question): question is Change =>
  question.kind === 'change' && question.everything === true;

function* shownBefore(question: Question, width: number): Generator<string> {
  if (question.kind !== 'change') return;
  const { impact, removed, totals, stale } = question;
  if (question.everything === true) yield everythingGoes(question.root, totals);
  if (impact !== undefined) yield* removalText(impact, makeStyle(false, width));
  if (removed !== undefined) yield* removedText(removed);
  yield* kindsText(totals.byKind);
  yield whatGoes(totals);
  for (const line of stale) yield `\n${line}`;
}

function textOf(question: Question): string {
  const root = printable(question.root);
  if (question.kind === 'restore')
    return `Put ${count(question.items, 'item')} back into ${root}? ${YES_OR_NO}`;
  if (question.kind === 'purge') {
    const runs = count(question.runs, 'quarantined run');
    return `Permanently delete ${runs} (${allocation(question)}) of ${root}? ${YES_OR_NO}`;
  }
  return [...changeSentences(question, root)].join(' ');
}

function* changeSentences(
  question: Extract<Question, { kind: 'change' }>,
  root: string,
): Generator<string> {
  const { quarantine, purgeOlderThan, repositories, stops, totals } = question;
  if (stops) yield 'The registry is stopped until it is done.';
  if (purgeOlderThan !== undefined) {
    yield `First, quarantined runs older than ${formatDuration(purgeOlderThan)} are deleted.`;
  }
  const what = `${count(totals.actions, 'item')} (${allocation(totals)})`;
  const from = repositories > 0 ? ` from ${count(repositories, 'repository', 'repositories')}` : '';
  yield quarantine
    ? `Move ${what}${from} in ${root} to quarantine?`
    : `Permanently delete ${what}${from} in ${root}?`;
  yield isEverything(question) ? 'Type the number of blobs to go on:' : YES_OR_NO;
}

/** @throws RegsweepError `interrupted` at Ctrl-C or the end of input */
async function readAnswer(
  { progress, signal }: Asking,
  question: string,
  done: string,
): Promise<string> {
  progress.stop();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await new Promise<string | undefined>((resolve) => {
      lines.once('SIGINT', () => resolve(undefined));
      lines.once('close', () => resolve(undefined));
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      lines.question(`${forTerminal(question)} `, resolve);
    });
    if (answer !== undefined) return answer.trim();
    process.stderr.write('\n');
    throw new RegsweepError('interrupted', `Aborted; ${done}.`);
  } finally {
    lines.close();
  }
}
