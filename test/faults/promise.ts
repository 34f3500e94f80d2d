/** The promise, asked after each fault: all in place, or back by one command. */
import type { Output } from '../harness/process.js';
import type { Lab, Variant } from './lab.js';
import { brokenNow, differences, type Template, trashOf, treeOf } from './store.js';

export interface Broken {
  readonly reversible?: boolean;
  readonly variant?: Variant;
}

const fail = (what: string, problems: readonly string[], said?: Output): void => {
  if (problems.length === 0) return;
  const shown = problems.slice(0, 6).join('\n    ');
  const output = said === undefined ? '' : `\n    exit ${said.code}: ${said.stderr.slice(-600)}`;
  throw new Error(`${what} (${problems.length}):\n    ${shown}${output}`);
};

/** @throws what of the promise does not hold on the store in `folder`, before any recovery */
export function mustHold(
  template: Template,
  folder: string,
  reversible = true,
  said?: Output,
): void {
  fail('right after the fault', brokenNow(template, folder, reversible), said);
}

/**
 * One `trash restore`, and all that was swept is back: names, content, owners, modes and the
 * files' times; the quarantine is empty and the audit log whole.
 */
export async function mustComeBack(
  lab: Lab,
  template: Template,
  folder: string,
  { variant = 'unguarded' }: Broken = {},
): Promise<void> {
  const root = `${folder}/root`;
  const said = await lab.run(variant, 'restore', root);
  if (said.code !== 0) throw new Error(`restore ended with ${said.code}: ${said.stderr}`);
  fail('after the restore', differences(template.tree, treeOf(folder)), said);
  fail('still in quarantine', [...trashOf(folder).keys()], said);
  fail('surroundings', brokenNow(template, folder, true), said);
  await auditHolds(lab, root);
}

/** After something ended for good: what lives is whole, what is left comes back without harm. */
export async function mustLive(lab: Lab, template: Template, folder: string): Promise<void> {
  const said = await lab.run('unguarded', 'restore', `${folder}/root`);
  if (said.code !== 0 && said.code !== 3) {
    throw new Error(`restore ended with ${said.code}: ${said.stderr}`);
  }
  fail('after the restore', brokenNow(template, folder, false), said);
  await auditHolds(lab, `${folder}/root`);
}

async function auditHolds(lab: Lab, root: string): Promise<void> {
  const verified = await lab.ask('audit', 'verify', root);
  if (verified.code !== 0) throw new Error(`audit: ${verified.stdout}${verified.stderr}`);
}
