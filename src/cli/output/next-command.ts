/** Flags of this command line that the proposed next command must repeat. */
import { shellWord } from '../../util/shell-quote.js';
import type { OptionName } from '../args/option-table.js';
import type { Settings } from '../settings/resolve.js';

/** Those that `tidy` takes. */
const AGES: readonly OptionName[] = ['min-age', 'age-by'];

const FLAGS: readonly OptionName[] = [
  'delete-untagged',
  'allow-tagless',
  'min-age',
  'age-by',
  'keep-digests',
  'policy',
  'trust-mtimes',
  'allow-empty',
];

/**
 * Flags that decide what is garbage. Leaves out values of the environment and the settings file,
 * which apply to the next command anyway.
 * @returns '' or flags that begin with a space
 */
export function selectionFlags({ given, said }: Pick<Settings, 'given' | 'said'>): string {
  return flagsOf({ given, said }, FLAGS);
}

/** The options of a report's next commands. */
export const nextFlags = (settings: Pick<Settings, 'given' | 'said'>) => ({
  flags: selectionFlags(settings),
  ages: flagsOf(settings, AGES),
  place: stateFlags(settings),
});

function flagsOf(
  { given, said }: Pick<Settings, 'given' | 'said'>,
  names: readonly OptionName[],
): string {
  return names
    .filter((name) => given.has(name) && said(name) !== false)
    .map((name) => {
      if (name === 'delete-untagged') return ' -m';
      const value = said(name);
      return value === true ? ` --${name}` : ` --${name} ${shellWord(String(value))}`;
    })
    .join('');
}

/** The flag of the state directory, in the same form. */
export function stateFlags({ given, said }: Pick<Settings, 'given' | 'said'>): string {
  return given.has('state-dir') ? ` --state-dir ${shellWord(String(said('state-dir')))}` : '';
}
