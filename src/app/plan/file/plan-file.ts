/** Reads and checks plan files. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isAction } from '../../../plan/file/action-paths.js';
import { readPlan } from '../../../plan/file/codec.js';
import type { Action, PlanHeader } from '../../../plan/types.js';
import type { StorageTree } from '../../../storage/port.js';
import { RegsweepError } from '../../../util/errors.js';
import { sha256 } from '../../../util/sha256.js';
import type { Context } from '../../context.js';
import { selectionFromPlan } from '../../select/plan-options.js';
import { selectionOf } from '../../select/selection.js';
import type { PlanRequest, PlanSource } from '../prepare/prepared.js';
import { ignored, narrowed, totalsWithin } from './narrow-plan.js';
import { readLines } from './read-lines.js';

/**
 * The request of `--plan FILE`. The file's options, narrowed by those of the command line, decide
 * what may be removed. Limits come from the command line.
 * @throws RegsweepError `plan-refused`; `usage` if the file can't be read
 */
export async function requestFrom(context: Context, path: string): Promise<PlanRequest> {
  const { options, log } = context;
  const file = await readLines(path, '--plan', (lines) => readPlan(lines, path, sha256));
  const planned = selectionFromPlan(file.header.options);
  const { maxDelete, allowShrunk, allowEmptyTree } = options;
  const selection = { ...narrowed(planned, options), maxDelete, allowShrunk, allowEmptyTree };
  const names = ignored(planned, options).map((name) => `--${name}`);
  if (names.length > 0) {
    log.note(`ignored, because the plan contains its own options: ${names.join(', ')}`);
  }
  const listed = async function* (): AsyncGenerator<Action> {
    for await (const action of listedIn(path)) {
      if (selection.kinds.includes(action.kind)) yield action;
    }
  };
  const source: PlanSource = { file, totals: totalsWithin(file.totals, selection), listed };
  return { selection, file, source };
}

/** The request of the command line. */
export function requestOf(context: Context): PlanRequest {
  return { selection: selectionOf(context.options) };
}

/** The lines that were read and checked before, for display. A pipe can be read only once. */
async function* listedIn(path: string): AsyncGenerator<Action> {
  if (!statSync(path).isFile()) return;
  const input = createReadStream(path, 'utf8');
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const action: unknown = JSON.parse(line);
      if (isAction(action)) yield action;
    }
  } finally {
    input.destroy();
  }
}

interface MadeForTree {
  readonly header: {
    readonly root: string;
    readonly storage: Pick<PlanHeader['storage'], 'filesystemId' | 'inode'>;
  };
}

/** @throws RegsweepError `plan-refused` if the plan was made for another tree */
export function sameFilesystem({ header }: MadeForTree, tree: StorageTree): void {
  const { filesystemId, inode } = header.storage;
  if (filesystemId === tree.filesystemId && inode === tree.inode) return;
  throw new RegsweepError(
    'plan-refused',
    `the plan was made for ${header.root}, which is not the tree at ${tree.rootDirectory}`,
    { path: tree.rootDirectory, remedy: 'make a new plan: regsweep plan -o FILE' },
  );
}
