/** Generates the completion for the fish shell from the tables. */
import type { CommandSpec } from '../command-spec.js';
import { COMMANDS } from '../command-table.js';
import { type OptionName, optionSpec } from '../option-table.js';

/** Options whose value is a file or a folder. */
const PATHS: readonly OptionName[] = [
  'root',
  'config',
  'settings',
  'state-dir',
  'keep-digests',
  'policy',
  'plan',
  'key',
  'output',
  'metrics-file',
  'registry-password-file',
  'registry-cert',
  'registry-key',
  'registry-ca',
];

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
const [WITHIN, OUTSIDE] = ['__fish_seen_subcommand_from', 'not __fish_seen_subcommand_from'];

export function fishCompletion(): string {
  const groups = new Map<string, CommandSpec[]>();
  for (const spec of COMMANDS) {
    const [word] = spec.name.split(' ');
    groups.set(word!, [...(groups.get(word!) ?? []), spec]);
  }
  const words = [...groups.keys(), 'completion'];
  const lines = ['# regsweep completion fish > ~/.config/fish/completions/regsweep.fish'];
  lines.push('complete -c regsweep -f', 'complete -c regsweep -s h -l help -d "Show help"');
  const first = `${OUTSIDE} ${words.join(' ')}`;
  for (const [word, specs] of groups) {
    const [only] = specs;
    const isGroup = only!.name !== word;
    const text = isGroup
      ? specs.map(({ name }) => name.slice(word.length + 1)).join(', ')
      : only!.describe;
    lines.push(`complete -c regsweep -n ${quoted(first)} -a ${word} -d ${quoted(text)}`);
    for (const spec of specs) lines.push(...commandLines(spec, specs));
  }
  lines.push(
    `complete -c regsweep -n ${quoted(first)} -a completion -d 'Print a script for the shell’s completion'`,
  );
  lines.push(`complete -c regsweep -n ${quoted(`${WITHIN} completion`)} -a 'bash zsh fish'`);
  return `${lines.join('\n')}\n`;
}

function commandLines({ name, options }: CommandSpec, group: readonly CommandSpec[]): string[] {
  const [word, sub] = name.split(' ');
  const siblings = group.flatMap((spec) => spec.name.split(' ')[1] ?? []);
  const inGroup = `${WITHIN} ${word}`;
  const condition = sub === undefined ? inGroup : `${inGroup}; and ${WITHIN} ${sub}`;
  const lines = [`complete -c regsweep -n ${quoted(condition)} -a '(__fish_complete_directories)'`];
  if (sub !== undefined) {
    const open = `${inGroup}; and ${OUTSIDE} ${siblings.join(' ')}`;
    const { describe } = group.find((spec) => spec.name === name)!;
    lines.unshift(`complete -c regsweep -n ${quoted(open)} -a ${sub} -d ${quoted(describe)}`);
  }
  return [...lines, ...options.map((option) => optionLine(option, condition))];
}

function optionLine(name: OptionName, condition: string): string {
  const { type, alias, choices, describe } = optionSpec(name);
  const value =
    type === 'flag'
      ? ''
      : choices !== undefined
        ? ` -x -a ${quoted(choices.join(' '))}`
        : PATHS.includes(name)
          ? ' -r -F'
          : ' -x';
  const short = alias === undefined ? '' : ` -s ${alias}`;
  return `complete -c regsweep -n ${quoted(condition)} -l ${name}${short}${value} -d ${quoted(describe)}`;
}
