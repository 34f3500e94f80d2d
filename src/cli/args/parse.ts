/** Parses the command line into a command and its options. Prints help and completion. */
import yargs, { type Argv } from 'yargs';
import { ACTION_KINDS } from '../../graph/action-kinds.js';
import { usageError } from '../../util/errors.js';
import { nearest } from '../../util/nearest-word.js';

import type { CommandSpec } from './command-spec.js';
import { COMMANDS, DESCRIPTION } from './command-table.js';
import { printCompletion } from './completion/print-completion.js';
import { ALL_EXITS, epilogue, exitsOf } from './exit-code-help.js';
import { familiarCommand, readFamiliar, withTrailingRoot } from './familiar-words.js';
import { markOperand, plainOperands, splitOperands, withOperands } from './operands.js';
import { groupOf, inHelpOrder } from './option-groups.js';
import { isOptionName, OPTION_NAMES, type OptionName, optionSpec } from './option-table.js';

export interface Parsed {
  readonly spec: CommandSpec;
  readonly subject: string | undefined;
  /** All operands, for a command that takes several. */
  readonly subjects: readonly string[];
  /** Options by name, with the positional root as `root`. */
  readonly argv: Readonly<Record<string, unknown>>;
}

/**
 * @returns undefined if help or completion was printed and there is nothing to run
 * @throws RegsweepError `usage`
 */
export async function parseCommandLine(args: readonly string[]): Promise<Parsed | undefined> {
  let parsed: Parsed | undefined;
  const onCommand = (spec: CommandSpec, given: Record<string, unknown>): void => {
    const argv = withOperands(spec, given);
    const { subjects, root } = withTrailingRoot(spec, subjectsOf(argv), rootOf(argv));
    parsed = { spec, subject: subjects[0], subjects, argv: { ...argv, root } };
  };
  const { words: written, operands } = splitOperands(args);
  const words = readFamiliar(written);
  const printed = await printCompletion([...words, ...operands], () =>
    buildParser(() => undefined, true).showCompletionScript(),
  );
  if (printed) return undefined;
  const parser = buildParser(onCommand, asksForHelp(words));
  try {
    await parser.parseAsync([...withBareValues(words), ...operands.map(markOperand)]);
  } catch (error) {
    throw usageError(...usageMessage(plainOperands((error as Error).message), words));
  }
  return parsed;
}

/** Keeps yargs from taking the root as a value, as in `--flush-redis /srv/registry`. */
function withBareValues(args: readonly string[]): string[] {
  return args.map((arg, i) => {
    const name = arg.startsWith('--') ? arg.slice(2) : '';
    const bare = isOptionName(name) ? optionSpec(name).bare : undefined;
    return bare === undefined || /^\w+:/.test(args[i + 1] ?? '') ? arg : `${arg}=${bare}`;
  });
}

/**
 * yargs formats the help at each run. It skips hidden options, so others are shown only for help.
 */
function asksForHelp(args: readonly string[]): boolean {
  const words = ['-h', '--help', 'help', '--get-yargs-completions'];
  return args.length === 0 || args.some((arg) => words.includes(arg) || /^-\w*h/.test(arg));
}

/** The positional's name. With the option's name, yargs would drop one of the two. */
const ROOT = 'rootdirectory';

const SUBJECT = 'digest | repo[:tag|@digest]';

type OnCommand = (spec: CommandSpec, argv: Record<string, unknown>) => void;

function buildParser(onCommand: OnCommand, help: boolean): Argv {
  const parser = yargs()
    .scriptName('regsweep')
    .usage(`$0 <command> [rootdirectory]\n\n${DESCRIPTION}`)
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .exitProcess(false)
    .fail(false)
    .version(false)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns ?? 80))
    .epilogue(epilogue(ALL_EXITS))
    .demandCommand(1, 'no command was given')
    .strict();
  for (const spec of COMMANDS.filter(({ name }) => !name.includes(' '))) {
    addCommand(parser, spec, spec.name, onCommand, help);
  }
  addGroup(parser, 'trash', 'The quarantine', onCommand, help);
  addGroup(parser, 'audit', 'The log of all changes', onCommand, help);
  addGroup(parser, 'policy', 'Retention policies', onCommand, help);
  addGroup(parser, 'pulls', 'When images were last pulled', onCommand, help);
  addGroup(parser, 'config', 'Settings', onCommand, help);
  // Last, so that the help lists it after the commands.
  return parser.completion('completion', 'Print a shell completion script: bash, zsh or fish');
}

/** `trash list`, `trash restore`, ...: subcommands of one word. */
function addGroup(
  parser: Argv,
  word: string,
  describe: string,
  onCommand: OnCommand,
  help: boolean,
): void {
  const members = COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
  const names = members.map(({ name }) => name.slice(word.length + 1));
  parser.command(word, `${describe}: ${names.join(', ')}`, (group) => {
    members.forEach((spec, i) => {
      addCommand(group, spec, names[i]!, onCommand, help);
    });
    return group.demandCommand(1, `${word} needs a command: ${names.join(', ')}`);
  });
}

function addCommand(
  parser: Argv,
  spec: CommandSpec,
  word: string,
  onCommand: OnCommand,
  help: boolean,
): void {
  const root = spec.rootAsOption === true ? undefined : `[${ROOT}]`;
  const positionals = [word, spec.subject, root].filter((part) => part !== undefined);
  parser.command(
    positionals.join(' '),
    spec.describe,
    (command) => {
      if (spec.subject !== undefined) {
        command.positional('what', {
          type: 'string',
          describe: spec.what ?? SUBJECT,
        });
      }
      for (const member of COMMANDS.filter(({ name }) => name.startsWith(`${spec.name} `))) {
        addCommand(command, member, member.name.slice(spec.name.length + 1), onCommand, help);
      }
      for (const name of inHelpOrder(spec.options)) {
        command.option(name, { ...yargsOption(name, spec), hidden: !help });
      }
      if (!help) return command.strict();
      command.group(['help'], 'Common options:');
      for (const [line, text] of spec.examples) {
        command.example(line, text.replaceAll('$0', 'regsweep'));
      }
      return command.epilogue(epilogue(exitsOf(spec))).strict();
    },
    (argv) => onCommand(spec, argv),
  );
}

function yargsOption(name: OptionName, { csv }: CommandSpec) {
  const spec = optionSpec(name);
  const choices = csv ? spec.choices : spec.choices?.filter((choice) => choice !== 'csv');
  const type = spec.type === 'flag' ? ('boolean' as const) : ('string' as const);
  const isList = ['list', 'kinds', 'url-list'].includes(spec.type);
  return {
    type,
    requiresArg: spec.type !== 'flag',
    describe:
      spec.type === 'kinds' ? `${spec.describe}: ${ACTION_KINDS.join(', ')}` : spec.describe,
    group: groupOf(name),
    // Keeps the options of `plan` from applying to `plan approve`.
    global: false,
    ...(isList ? { array: true as const, nargs: 1 } : {}),
    ...(spec.alias === undefined ? {} : { alias: spec.alias }),
    ...(choices === undefined ? {} : { choices }),
    ...(spec.default === undefined ? {} : { defaultDescription: spec.default }),
  };
}

function subjectsOf({ what }: Record<string, unknown>): string[] {
  return what === undefined ? [] : [what].flat().map(String);
}

/** Merges the positional root and `--root`. @throws Error if they differ */
function rootOf({ root, [ROOT]: positional }: Record<string, unknown>): unknown {
  if (root === undefined || positional === undefined) return root ?? positional;
  if (root === positional) return root;
  throw new Error(`two roots were given: ${String(positional)} and ${String(root)}`);
}

/** Rewrites yargs' message. @returns the message, and a hint */
function usageMessage(message: string, args: readonly string[]): [string, string] {
  const unknown = /^Unknown (argument|command)s?: (.*)$/s.exec(message);
  const seeHelp = 'to list the commands: regsweep --help';
  const choice = /^\s*Argument: (\S+), Given: "(.*)", Choices: (.*)$/m.exec(message);
  if (choice !== null) return notAmong(choice[1]!, choice[2]!, choice[3]!.match(/[^", ]+/g)!);
  if (message.startsWith('Not enough non-option arguments')) return missingArgument(args);
  if (unknown === null) return [message, seeHelp];
  const words = unknown[2]!.split(', ').filter((word) => word !== '');
  const options = words.filter((word) => isOption(word, args));
  const others = words.flatMap((word) => otherCommandsOption(word, args) ?? []);
  const name = commandNamed(args)?.name;
  if (name !== undefined && others.length === words.length) {
    return [`${name} has no ${others.join(', ')}`, `regsweep ${name} --help lists its options`];
  }
  const hints = options.flatMap((word) => {
    const near = isOptionName(word) ? undefined : nearest(word, OPTION_NAMES);
    return near === undefined ? [] : [`did you mean --${near}?`];
  });
  const command = unknownCommand(args);
  if (command !== undefined && words.includes(command.word)) {
    const familiar = command.prefix === '' ? familiarCommand(command.word) : undefined;
    if (familiar !== undefined)
      return [`Unknown command "${command.word}"`, `did you mean: ${familiar}`];
    const near = nearest(command.word, command.known);
    if (near !== undefined) hints.unshift(`did you mean ${command.prefix}${near}?`);
    const others = options.length === 0 ? '' : `; ${optionsText(options)}`;
    return [
      `Unknown command "${command.prefix}${command.word}"${others}`,
      hints.join(' ') || seeHelp,
    ];
  }
  const plain = words.filter((word) => !options.includes(word));
  const what =
    plain.length > 0 ? `Unknown argument ${plain.map((word) => `"${word}"`).join(', ')}` : '';
  const parts = [what, options.length > 0 ? optionsText(options) : ''].filter(Boolean);
  return [parts.join('; '), hints.join(' ') || seeHelp];
}

const optionsText = (names: readonly string[]): string =>
  `${names.length > 1 ? 'Unknown options' : 'Unknown option'} ${names.map((name) => (name.startsWith('-') ? name : `--${name}`)).join(', ')}`;

/** The command with the most words: `plan approve` rather than `plan`. */
const commandNamed = (args: readonly string[]): CommandSpec | undefined =>
  COMMANDS.findLast(({ name }) => name === args.slice(0, name.split(' ').length).join(' '));

function missingArgument(args: readonly string[]): [string, string] {
  const { name = '', what = SUBJECT, examples = [] } = commandNamed(args) ?? {};
  const [example] = examples[0] ?? [''];
  return [`Missing argument of ${name}: ${what}`, example.replace('$0', 'regsweep')];
}

function notAmong(name: string, value: string, choices: readonly string[]): [string, string] {
  const near = nearest(value, choices);
  const hint = near === undefined ? `one of ${choices.join(', ')}` : `did you mean ${near}?`;
  return [`--${name}: "${value}" is none of ${choices.join(', ')}`, hint];
}

const isOption = (word: string, args: readonly string[]): boolean =>
  args.some((arg) => arg === `--${word}` || arg.startsWith(`--${word}=`));

/** The option as it was written, if another command has it. */
function otherCommandsOption(word: string, args: readonly string[]): string | undefined {
  if (isOptionName(word)) return isOption(word, args) ? `--${word}` : undefined;
  const isAlias = OPTION_NAMES.some((name) => optionSpec(name).alias === word);
  const isWritten = args.some((arg) => /^-\w/.test(arg) && arg.includes(word));
  return isAlias && isWritten ? `-${word}` : undefined;
}

/** The first word that should name a command and doesn't. */
function unknownCommand([first, second]: readonly string[]) {
  const names = COMMANDS.map(({ name }) => name.split(' '));
  const known = [...new Set(names.map(([word]) => word!)), 'completion'];
  if (first === undefined || first.startsWith('-')) return undefined;
  if (!known.includes(first)) return { word: first, known, prefix: '' };
  const members = names.flatMap(([group, member]) => (group === first && member ? [member] : []));
  if (second === undefined || members.length === 0 || members.includes(second)) return undefined;
  return { word: second, known: members, prefix: `${first} ` };
}
