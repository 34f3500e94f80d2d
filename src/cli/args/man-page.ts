/** Generates the manual page from the tables. */
import type { CommandSpec } from './command-spec.js';
import { COMMANDS, DESCRIPTION } from './command-table.js';
import { ALL_EXITS, exitsOf } from './exit-code-help.js';
import { COMMON } from './option-groups.js';
import { OPTION_NAMES, type OptionName, optionSpec } from './option-table.js';

/** Escapes text for roff, so that no line becomes a request and no dash a hyphen. */
function roff(text: string): string {
  const safe = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  const ascii = safe.replaceAll('’', '\\(cq').replaceAll('…', '...').replaceAll('é', "\\('e");
  return ascii.replace(/^([.'])/gm, '\\&$1');
}

/**
 * @param version of the package. The page has no date, so that it changes only with its content.
 */
export function manPage(version: string): string {
  return [
    `.TH REGSWEEP 1 "" "regsweep ${version}" "User Commands"`,
    '.SH NAME',
    `regsweep \\- ${roff(lowerFirst(DESCRIPTION).replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    ...COMMANDS.flatMap((spec) => ['.br', synopsis(spec)]),
    '.SH DESCRIPTION',
    roff(DESCRIPTION),
    'The registry\\(cqs rootdirectory, or its docker/registry/v2, is given as an argument, with',
    '\\fB\\-\\-root\\fR, or with \\fB\\-\\-config\\fR.',
    '.SH COMMANDS',
    ...COMMANDS.flatMap(commandText),
    '.SH OPTIONS',
    ...OPTION_NAMES.flatMap(optionText),
    '.SH EXIT STATUS',
    ...ALL_EXITS.flatMap(({ code, meaning }) => ['.TP', `.B ${code}`, roff(meaning)]),
    '.SH ENVIRONMENT',
    '.TP',
    '.B REGSWEEP_<OPTION>',
    roff(
      'Each option, in capitals and with _ for -: REGSWEEP_MIN_AGE=48h. The command line overrides it.',
    ),
    roff(
      'Several values of one option are separated by spaces or commas. An empty value is refused.',
    ),
    '.TP',
    '.B NO_COLOR',
    'Disables colour, unless its value is empty.',
    '.TP',
    '.B FORCE_COLOR',
    'Enables colour also without a terminal; 0 disables it. NO_COLOR and \\-\\-no\\-color override it.',
    '.SH FILES',
    '.TP',
    '.I /etc/regsweep.yaml',
    roff('Options by name. The command line and the environment override it.'),
    '.TP',
    '.I <rootdirectory>/.regsweep',
    'Quarantine, journals, audit log, history.',
    '',
  ].join('\n');
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function synopsis({ name, subject, rootAsOption, options }: CommandSpec): string {
  const named = options.includes('root') ? '--root DIR' : undefined;
  const places = [subject, rootAsOption === true ? named : '[rootdirectory]'];
  const words = places.filter((part) => part !== undefined).join(' ');
  return `\\fBregsweep ${roff(name)}\\fR [options] ${roff(words)}`;
}

function commandText(spec: CommandSpec): string[] {
  const own = spec.options.filter((name) => !COMMON.includes(name));
  const options = own.map((name) => `--${name}`).join(', ');
  const exits = exitsOf(spec).map(({ code }) => code);
  return [
    '.TP',
    `.B ${roff(spec.name)}`,
    `${roff(spec.describe)}.`,
    ...(own.length === 0 ? [] : ['.br', `Options: ${roff(options)}.`]),
    '.br',
    `Ends with ${exits.join(', ')}.`,
    ...spec.examples.flatMap(([line, text]) => [
      '.br',
      `\\fI${roff(line.replaceAll('$0', 'regsweep'))}\\fR: ${roff(text.replaceAll('$0', 'regsweep'))}`,
    ]),
  ];
}

function optionText(name: OptionName): string[] {
  const { type, alias, choices, default: fallback, describe } = optionSpec(name);
  const value = type === 'flag' ? '' : ` \\fI${roff(choices?.join('|') ?? type.toUpperCase())}\\fR`;
  const short = alias === undefined ? '' : `\\fB\\-${alias}\\fR, `;
  const otherwise = fallback === undefined ? '' : ` (${fallback})`;
  return ['.TP', `${short}\\fB\\-\\-${roff(name)}\\fR${value}`, roff(describe + otherwise)];
}
