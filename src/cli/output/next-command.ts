/** The flags of this command line that decide what is garbage, for the next one to repeat. */
import { shellWord } from '../../util/shell-quote.js';
import type { OptionName } from '../args/option-table.js';
import type { Settings } from '../settings/resolve.js';

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

/** Beginning with a space, or empty. What comes from elsewhere than the command line holds anyway. */
export function sameLook({ given, said }: Pick<Settings, 'given' | 'said'>): string {
  return FLAGS.filter((name) => given.has(name) && said(name) !== false)
    .map((name) => {
      if (name === 'delete-untagged') return ' -m';
      const value = said(name);
      return value === true ? ` --${name}` : ` --${name} ${shellWord(String(value))}`;
    })
    .join('');
}

/** The same for what finds the state, which every command takes. */
export function samePlace({ given, said }: Pick<Settings, 'given' | 'said'>): string {
  return given.has('state-dir') ? ` --state-dir ${shellWord(String(said('state-dir')))}` : '';
}
