/** The exit codes of each command, for its help and the manual. */
import { EXIT } from '../../util/errors.js';
import type { CommandSpec } from './command-spec.js';

const MEANINGS: Readonly<Record<number, string>> = {
  [EXIT.done]: 'success',
  [EXIT.failed]: 'failed',
  [EXIT.detailed]: 'garbage or damage was found (only with --detailed-exitcode)',
  [EXIT.partial]: 'partly done; skipped and failed items are listed',
  [EXIT.notRegistry]: 'not a registry storage tree',
  [EXIT.locked]: 'another regsweep is working on this tree',
  [EXIT.guard]: 'the safety check refused',
  [EXIT.facts]: 'the tree can’t be read completely, or a limit was exceeded',
  [EXIT.plan]: 'the plan is stale, was changed, is for another tree, or is not approved',
  [EXIT.usage]: 'wrong usage',
  [EXIT.interrupted]: 'interrupted; the tree is consistent',
};

export interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

const listed = (codes: Iterable<number>): ExitCode[] =>
  [...codes].sort((a, b) => a - b).map((code) => ({ code, meaning: MEANINGS[code]! }));

export const ALL_EXITS = listed(Object.values(EXIT));

export function exitsOf({ name, options }: Pick<CommandSpec, 'name' | 'options'>): ExitCode[] {
  const codes = new Set<number>([EXIT.done, EXIT.failed, EXIT.usage, EXIT.interrupted]);
  if (options.includes('root')) codes.add(EXIT.notRegistry);
  if (options.includes('detailed-exitcode')) codes.add(EXIT.detailed);
  if (options.includes('yes')) {
    for (const code of [EXIT.partial, EXIT.locked, EXIT.guard, EXIT.facts]) codes.add(code);
  }
  if (name === 'guard') codes.add(EXIT.guard);
  if (name === 'plan' || name === 'policy preview') codes.add(EXIT.facts);
  const changes = options.includes('yes') && name !== 'trash restore';
  if (changes || name === 'plan approve') codes.add(EXIT.plan);
  return listed(codes);
}

/** The last part of a help text. */
export function epilogue(exits: readonly ExitCode[]): string {
  const lines = exits.map(({ code, meaning }) => `  ${String(code).padEnd(3)} ${meaning}`);
  return `Exit codes\n${lines.join('\n')}\n\nEvery option may also come from REGSWEEP_<OPTION> or /etc/regsweep.yaml.`;
}
