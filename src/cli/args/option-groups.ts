/** Groups of options that several commands share, and the groups of the help. */
import type { OptionName } from './option-table.js';

export const COMMON: readonly OptionName[] = [
  'root',
  'config',
  'settings',
  'format',
  'quiet',
  'no-color',
  'concurrency',
  'repo',
  'exclude',
  'state-dir',
  'log-file',
];

export const SELECTION: readonly OptionName[] = [
  'min-age',
  'age-by',
  'delete-untagged',
  'allow-tagless',
  'keep-digests',
  'only',
  'skip',
  'max-delete',
  'allow-shrunk',
  'allow-empty-tree',
];

/** Options of retention policies. */
export const POLICY: readonly OptionName[] = [
  'policy',
  'keep-last',
  'keep-within',
  'keep-tags',
  'trust-mtimes',
  'allow-empty',
];

export const STOPPING: readonly OptionName[] = ['stop-command', 'start-command', 'command-timeout'];

export const DOWNTIME: readonly OptionName[] = [...STOPPING, 'flush-redis', 'cache'];

export const GUARD: readonly OptionName[] = [
  'quiet-window',
  'registry-url',
  'registry-user',
  'registry-password-file',
  'registry-cert',
  'registry-key',
  'registry-ca',
];

/** Titles of the help's groups, in order. Options in none of them belong to the command alone. */
const GROUPS: readonly (readonly [string, readonly OptionName[]])[] = [
  ['What may be removed:', [...SELECTION, ...POLICY, 'orphan-signatures']],
  ['Stopping the registry:', DOWNTIME],
  ['Safety check:', GUARD],
  ['Common options:', COMMON],
];

export const groupOf = (name: OptionName): string =>
  GROUPS.find(([, names]) => names.includes(name))?.[0] ?? 'Options:';

/** Sorts options by group, the command's own ones first. */
export function inHelpOrder(names: readonly OptionName[]): OptionName[] {
  const titles = ['Options:', ...GROUPS.map(([title]) => title)];
  const rank = (name: OptionName): number => titles.indexOf(groupOf(name));
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b));
}
