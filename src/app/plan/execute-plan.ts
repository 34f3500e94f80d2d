/** Executes a prepared plan. At the end it checks that nobody else changed the tree. */
import { randomBytes } from 'node:crypto';
import { assertUnchangedSince } from '../../guard/index.js';
import type { Clearance } from '../../guard/model/types.js';
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import { execute, hasTrashSpace, quarantinedPartsOf, type SweepResult } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { factsWithTrash } from '../references/merged-facts.js';
import { isReachable } from '../references/required-by-tree.js';
import type { Session } from '../session/session.js';
import { spaceNeedOf } from './approve-plan.js';
import { markAgain } from './prepare/prepare-plan.js';
import type { ChangeRequest, Prepared } from './prepare/prepared.js';

const IN_PLACE =
  'this disk has no room for the folders of a quarantine: files are renamed in their own folders, then deleted';

const NO_RUNS: ReadonlySet<string> = new Set();

/** An id that sorts by time. Two ids within one second differ. */
export function newRunId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(3).toString('hex')}`;
}

export async function executePlan(
  context: Context,
  session: Session,
  request: ChangeRequest,
  clearance: Clearance,
  prepared: Prepared,
  runId: string,
): Promise<SweepResult> {
  const { tree, state, audit } = session;
  const { totals } = prepared;
  const moved = new MovedFiles();
  const aside = new MovedFiles();
  const inPlace = !request.quarantine && !hasTrashSpace(state, spaceNeedOf(prepared));
  if (inPlace) context.log.note(IN_PLACE);
  const result = await execute({
    tree,
    clearance,
    state,
    items: prepared.items(),
    command: context.command,
    runId,
    planId: prepared.header.id,
    options: { quarantine: request.quarantine, inPlace },
    remark: () => markAgain(context, tree, request, prepared),
    referenced: async () => {
      const facts = await factsWithTrash(context, tree, state, NO_RUNS);
      return isReachable(facts, (item) => quarantinedPartsOf(state, item, runId));
    },
    // The files left in the tree must be the earlier ones without those that were moved.
    unchanged: () => {
      context.progress.update({ stage: 'Checking that nothing else has changed' });
      return assertUnchangedSince(clearance, moved, aside);
    },
    onMoved: (files) => moved.add(files),
    onAside: (files) => aside.add(files),
    audit,
    signal: context.signal,
    onProgress: (done) => context.progress.update({ stage: 'moved', done, total: totals.actions }),
    onDeleted: (done) => context.progress.update({ stage: 'deleted', done, total: totals.actions }),
  });
  context.progress.stop();
  return result;
}

type IdentityField = 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs';

/** Identities of the moved files, in columns, because there may be millions. */
class MovedFiles {
  readonly #numbers: number[] = [];

  add(files: readonly Pick<EntrySnapshot, IdentityField>[]): void {
    for (const { dev, ino, size, mtimeMs, ctimeMs } of files) {
      this.#numbers.push(dev, ino, size, mtimeMs, ctimeMs);
    }
  }

  *[Symbol.iterator]() {
    for (let at = 0; at < this.#numbers.length; at += 5) {
      const [dev, ino, size, mtimeMs, ctimeMs] = this.#numbers.slice(at, at + 5);
      yield { dev: dev!, ino: ino!, size: size!, mtimeMs: mtimeMs!, ctimeMs: ctimeMs! };
    }
  }
}
