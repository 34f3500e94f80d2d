import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/args/parse.js';
import { RegsweepError } from '../../src/util/errors.js';

async function parsed(...args: string[]) {
  const result = await parseCommandLine(args);
  if (result === undefined) return undefined;
  const { $0, _, what, rootdirectory, ...argv } = result.argv;
  return { command: result.spec.name, subject: result.subject, argv: definedOf(argv) };
}

const definedOf = (argv: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(argv).filter(([, value]) => value !== undefined));

async function refusal(...args: string[]): Promise<unknown> {
  try {
    await parseCommandLine(args);
  } catch (error) {
    if (error instanceof RegsweepError) return [error.code, error.message, error.remedy];
    throw error;
  }
  return 'accepted';
}

const seeHelp = 'to list the commands: regsweep --help';

describe('the command line', () => {
  it('names a command, the root, and options', async () => {
    expect(
      await parsed('sweep', '/srv/r', '-my', '--min-age=7d', '--repo', 'a/*', '--repo', 'b'),
    ).toEqual({
      command: 'sweep',
      subject: undefined,
      argv: {
        root: '/srv/r',
        m: true,
        'delete-untagged': true,
        y: true,
        yes: true,
        'min-age': '7d',
        repo: ['a/*', 'b'],
      },
    });
  });

  it('takes the root as a flag too', async () => {
    expect([
      (await parsed('plan', '--root', '/a'))?.argv,
      (await parsed('plan', '/a', '--root', '/a'))?.argv,
      await refusal('plan', '/a', '--root', '/b'),
    ]).toEqual([
      { root: '/a' },
      { root: '/a' },
      ['usage', expect.stringContaining('two roots'), expect.anything()],
    ]);
  });

  it('has commands of two words', async () => {
    expect(await parsed('trash', 'restore', '/srv/r', '--ref', 'a:1')).toEqual({
      command: 'trash restore',
      subject: undefined,
      argv: { root: '/srv/r', ref: ['a:1'] },
    });
  });

  it('keeps what explain is asked about apart from the root', async () => {
    expect(await parsed('explain', 'a/b:1', '/srv/r')).toEqual({
      command: 'explain',
      subject: 'a/b:1',
      argv: { root: '/srv/r' },
    });
  });
});

describe('what stands after --', () => {
  const named = async (...args: string[]) => {
    const result = await parseCommandLine(args);
    return [result?.subjects, result?.argv.root, result?.argv.yes];
  };

  it('is an operand, whatever it looks like', async () => {
    expect([
      await named('sweep', '-y', '--', 'B'),
      await named('sweep', '--', '--yes'),
      await named('rm', 'a:1', '--root', 'X', '--', 'b:2', '-h', '--'),
      await named('policy', 'check', '--', 'FILE'),
      await named('policy', 'preview', 'FILE', '--', 'B'),
      await named('sweep', '--flush-redis', '--', 'B'),
    ]).toEqual([
      [[], 'B', true],
      [[], '--yes', undefined],
      [['a:1', 'b:2', '-h', '--'], 'X', undefined],
      [['FILE'], undefined, undefined],
      [['FILE'], 'B', undefined],
      [[], 'B', undefined],
    ]);
  });

  it('is no value of an option, and not one operand too many', async () => {
    expect([
      await refusal('sweep', '--root', '--', 'B'),
      await refusal('sweep', '--repo', '--', 'B'),
      await refusal('sweep', 'A', '--', 'B'),
      await refusal('sweep', 'A', '--', '--yes'),
    ]).toEqual([
      ['usage', '--root: no value before --', seeHelp],
      ['usage', '--repo: no value before --', seeHelp],
      ['usage', 'Unknown argument "B"', seeHelp],
      ['usage', 'Unknown argument "--yes"', seeHelp],
    ]);
  });
});

describe('usage errors', () => {
  it('suggest what was probably meant', async () => {
    expect([
      await refusal('sweep', '--min-agee', '1h'),
      await refusal('sweeep'),
      await refusal('sweep', '--frobnicate'),
      await refusal('trash', 'lst', 't1'),
      await refusal('trash', 'xyz', 't1'),
      await refusal('analize', 't1'),
      await refusal('analyze', '/a', 'top'),
      await refusal('analyze', '--to', '3'),
      await refusal('analyze', '--ab', '3'),
    ]).toEqual([
      ['usage', 'Unknown option --min-agee', 'did you mean --min-age?'],
      ['usage', 'Unknown command "sweeep"', 'did you mean sweep?'],
      ['usage', 'Unknown option --frobnicate', seeHelp],
      ['usage', 'Unknown command "trash lst"', 'did you mean trash list?'],
      ['usage', 'Unknown command "trash xyz"', seeHelp],
      ['usage', 'Unknown command "analize"', 'did you mean analyze?'],
      ['usage', 'Unknown argument "top"', seeHelp],
      ['usage', 'Unknown option --to', 'did you mean --top?'],
      ['usage', 'Unknown option --ab', seeHelp],
    ]);
  });

  it.each([
    [[], 'no command was given'],
    [['trash'], 'trash needs a command: list, restore, purge'],
    [['sweep', '--min-age'], 'Not enough arguments following: min-age'],
    [['sweep', '/a', '/b'], 'Unknown argument "/b"'],
    [
      ['analyze', '--details', '--format', 'xml'],
      '--format: "xml" is none of table, json, ndjson, csv',
    ],
    [['explain'], 'Missing argument of explain: digest | repo[:tag|@digest]'],
    [['rm', '--root', '/r'], 'Missing argument of rm: repo[:tag|@digest], globs allowed'],
    [['policy', 'check'], 'Missing argument of policy check: policy file'],
    [['analyze', '--yes'], 'analyze has no --yes'],
    [['trash', 'list', '--ref', 'a', '--delete'], 'trash list has no --ref, --delete'],
    [['analyze', '-d'], 'analyze has no -d'],
  ])('%j', async (args, message) => {
    const result = (await refusal(...args)) as string[];
    expect([result[0], result[1]]).toEqual(['usage', expect.stringContaining(message)]);
  });
});

describe('words from other tools', () => {
  it('are read where they can only mean one thing', async () => {
    expect(await parsed('list', '--json')).toEqual({
      command: 'ls',
      subject: undefined,
      argv: { format: 'json' },
    });
    expect(await parsed('remove', 'a:1')).toMatchObject({ command: 'rm', subject: 'a:1' });
  });

  it.each([
    ['gc', 'did you mean: regsweep sweep --dry-run'],
    ['garbage-collect', 'did you mean: regsweep sweep --dry-run'],
    ['prune', 'did you mean: regsweep sweep --dry-run'],
    ['undo', 'did you mean: regsweep trash restore --dry-run'],
  ])('%s leads to what does it', async (word, hint) => {
    expect(await refusal(word)).toEqual(['usage', `Unknown command "${word}"`, hint]);
  });

  it.each([
    [['ls', '/srv/r'], undefined, '/srv/r'],
    [['ls', 'app', '/srv/r'], 'app', '/srv/r'],
    [['rm', 'app:1', './r'], 'app:1', './r'],
    [['rm', 'app:1', 'b'], 'app:1', undefined],
    [['rm', '/srv/r'], '/srv/r', undefined],
    [['rm', 'app:1', '/x', '--root', '/r'], 'app:1', '/r'],
  ])('%j has its root where it stands', async (args, subject, root) => {
    const found = await parsed(...args);
    expect([found?.subject, found?.argv.root]).toEqual([subject, root]);
  });
});
