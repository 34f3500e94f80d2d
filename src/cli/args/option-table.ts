/**
 * Every setting, defined once: its flag, its `REGSWEEP_*` variable, its key in the settings
 * file and its help text all come from this table. Light on purpose: `--help` loads it.
 */

import { DEFAULTS } from '../../app/defaults.js';

export type OptionType =
  | 'flag'
  | 'text'
  | 'list'
  | 'duration'
  | 'percent'
  | 'rate'
  | 'count'
  | 'kinds'
  | 'url-list';

export interface OptionSpec {
  readonly type: OptionType;
  readonly describe: string;
  readonly alias?: string;
  readonly choices?: readonly string[];
  /** Shown in the help; applied in settings.ts. */
  readonly default?: string;
  /** A path: from a settings file it is relative to that file. */
  readonly isPath?: true;
  /** What the flag means without a value; a value is then a URL. */
  readonly bare?: string;
}

export const OPTIONS = {
  root: {
    type: 'text',
    isPath: true,
    describe: 'the registry’s rootdirectory',
    default: DEFAULTS.root,
  },
  config: {
    type: 'text',
    isPath: true,
    describe: 'take the rootdirectory from this registry config.yml',
  },
  settings: { type: 'text', describe: 'settings file', default: '/etc/regsweep.yaml' },
  format: {
    type: 'text',
    describe: 'how the result is written',
    choices: ['table', 'json', 'ndjson', 'csv'],
    default: 'table',
  },
  quiet: { type: 'flag', alias: 'q', describe: 'no progress, no notes' },
  'no-color': { type: 'flag', describe: 'no colour (NO_COLOR does the same)' },
  concurrency: {
    type: 'count',
    describe: 'worker threads, 64 at most; by itself it grows while the CPU idles',
  },
  repo: { type: 'list', describe: 'only repositories that match this glob (repeatable)' },
  'state-dir': {
    type: 'text',
    isPath: true,
    describe: 'journal and audit log here instead of <root>/.regsweep, for a full disk',
  },

  'age-by': {
    type: 'text',
    describe: 'what tells a blob’s age; mtime leaves the change time out',
    choices: ['newest', 'mtime'],
    default: 'newest',
  },
  'min-age': { type: 'duration', describe: 'what is younger stays', default: DEFAULTS.minAge },
  'delete-untagged': {
    type: 'flag',
    alias: 'm',
    describe: 'manifests that no tag reaches go too',
  },
  'allow-tagless': {
    type: 'flag',
    describe: 'with -m, also in repositories that have no tag at all',
  },
  'keep-digests': {
    type: 'text',
    isPath: true,
    describe: 'file of digests that run somewhere: they stay',
  },
  only: { type: 'kinds', describe: 'only these kinds of items, by comma' },
  skip: { type: 'kinds', describe: 'all kinds but these, by comma' },
  policy: {
    type: 'text',
    isPath: true,
    describe: 'retention policy: what it expires goes (see docs/policy.md)',
  },
  'trust-mtimes': {
    type: 'flag',
    describe: 'believe push times although most are equal',
  },
  'allow-empty': { type: 'flag', describe: 'a policy may take a repository’s last image' },
  'orphan-signatures': {
    type: 'flag',
    describe: 'signatures and other referrers whose subject was deleted go too',
  },
  'max-delete': {
    type: 'percent',
    describe: 'refuse when more than this share would go',
    default: DEFAULTS.maxDelete,
  },
  'allow-shrunk': {
    type: 'flag',
    describe: 'go on although the registry shrank since the last run',
  },

  'allow-empty-tree': {
    type: 'flag',
    describe: 'go on in a tree without any manifest: all of it is garbage then',
  },

  plan: { type: 'text', isPath: true, describe: 'carry out this plan, as far as it still holds' },
  'dry-run': { type: 'flag', alias: 'd', describe: 'show what would go, and change nothing' },
  yes: { type: 'flag', alias: 'y', describe: 'do not ask' },
  delete: { type: 'flag', describe: 'delete it at the end of the run, with no way back' },
  'purge-older-than': {
    type: 'duration',
    describe: 'first purge quarantined runs that are older',
  },
  'detailed-exitcode': { type: 'flag', describe: 'exit 2 when there is garbage or damage' },
  output: {
    type: 'text',
    isPath: true,
    alias: 'o',
    describe: 'write the result to this file (-: stdout)',
  },
  force: { type: 'flag', describe: 'overwrite the output file' },
  'metrics-file': {
    type: 'text',
    isPath: true,
    describe: 'write metrics here for node_exporter’s textfile collector (*.prom)',
  },
  details: { type: 'flag', describe: 'list every blob that is garbage' },
  sort: {
    type: 'text',
    describe: 'what the list is sorted by; own: what removing it alone would free',
    choices: [
      'own',
      'size',
      'shared',
      'garbage',
      'tags',
      'manifests',
      'untagged',
      'pushed',
      'name',
    ],
  },
  top: { type: 'count', describe: 'at most so many rows; by itself a table shows 10' },
  tags: { type: 'flag', describe: 'list tags instead of repositories' },
  layers: { type: 'flag', describe: 'list the largest layers, and how many tags share each' },
  since: { type: 'duration', describe: 'growth over this time, from the records of earlier runs' },
  verify: { type: 'flag', describe: 'read every blob again and compare it with its digest' },
  bwlimit: { type: 'rate', describe: 'with --verify, read no more than this a second: 50M, 1G' },

  'stop-command': {
    type: 'text',
    describe: 'stops the registry, once the plan is agreed to (sh -c)',
  },
  'start-command': {
    type: 'text',
    describe: 'starts it again, whatever happened since the stop',
  },
  'command-timeout': {
    type: 'duration',
    describe: 'how long each of the two may take',
    default: DEFAULTS.commandTimeout,
  },
  'flush-redis': {
    type: 'text',
    bare: 'config',
    describe: 'make the registry’s Redis forget what went [redis://host:port/db; else its config]',
  },
  cache: {
    type: 'text',
    describe:
      'what caches blob descriptors, if it can’t be seen: inmemory, none or redis://host:port/db',
  },

  'quiet-window': {
    type: 'duration',
    describe: 'how long the tree must be seen unchanged',
    default: DEFAULTS.quietWindow,
  },
  'registry-url': {
    type: 'url-list',
    describe: 'a registry instance that serves this tree, once for each (repeatable)',
  },
  'registry-user': { type: 'text', describe: 'user for the registry’s login' },
  'registry-password-file': {
    type: 'text',
    isPath: true,
    describe: 'file that holds the password',
  },
  'registry-cert': {
    type: 'text',
    isPath: true,
    describe: 'certificate to show to the registry (PEM)',
  },
  'registry-key': { type: 'text', isPath: true, describe: 'its key (PEM, without a passphrase)' },
  'registry-ca': {
    type: 'text',
    isPath: true,
    describe: 'authority that signed the certificate of a URL (PEM)',
  },

  run: { type: 'list', describe: 'a run’s id, as trash list shows it (repeatable)' },
  'older-than': { type: 'duration', describe: 'only runs that are older' },
  ref: { type: 'list', describe: 'what to bring back: repo, repo:tag or a digest (repeatable)' },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;

export const optionSpec = (name: OptionName): OptionSpec => OPTIONS[name];

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export const isOptionName = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);

/** `min-age` → `REGSWEEP_MIN_AGE` */
export const variableOf = (name: OptionName): string =>
  `REGSWEEP_${name.replaceAll('-', '_').toUpperCase()}`;

export const COMMON: readonly OptionName[] = [
  'root',
  'config',
  'settings',
  'format',
  'quiet',
  'no-color',
  'concurrency',
  'repo',
  'state-dir',
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

/** What a policy adds to the selection. */
export const POLICY: readonly OptionName[] = ['policy', 'trust-mtimes', 'allow-empty'];

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

export const isListType = (type: string): boolean =>
  type === 'list' || type === 'kinds' || type === 'url-list';
