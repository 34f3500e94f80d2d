/**
 * Defines every option once: its flag, its `REGSWEEP_*` variable, its key in the settings file and
 * its help text. Imports little, since `--help` loads it.
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
  /** Shown in the help, and applied by `settings/values.ts`. */
  readonly default?: string;
  /** The value is a path. In a settings file it is relative to that file. */
  readonly isPath?: true;
  /** The value of the flag alone. A value that is given must be a URL. */
  readonly bare?: string;
}

export const OPTIONS = {
  root: {
    type: 'text',
    isPath: true,
    describe: 'Root directory of the registry’s storage',
    default: DEFAULTS.root,
  },
  config: {
    type: 'text',
    isPath: true,
    describe: 'Registry config.yml to read the root directory and the cache from',
  },
  settings: { type: 'text', describe: 'Settings file', default: DEFAULTS.settings },
  format: {
    type: 'text',
    describe: 'Output format; --json is short for --format json',
    choices: ['table', 'json', 'ndjson', 'csv'],
    default: 'table',
  },
  quiet: { type: 'flag', alias: 'q', describe: 'Print no progress and no notes' },
  'no-color': { type: 'flag', describe: 'Disable colour (as does NO_COLOR)' },
  concurrency: {
    type: 'count',
    describe: 'Number of worker threads, at most 64 (default: automatic)',
  },
  'log-file': {
    type: 'text',
    isPath: true,
    describe: 'Append a log to this file, one JSON object a line',
  },
  repo: { type: 'list', describe: 'Only repositories that match this glob (repeatable)' },
  exclude: { type: 'list', describe: 'No repositories that match this glob (repeatable)' },
  'state-dir': {
    type: 'text',
    isPath: true,
    describe: 'Folder for journal and audit log, instead of <root>/.regsweep',
  },

  'age-by': {
    type: 'text',
    describe: 'Times that decide an item’s age; mtime leaves out the change time',
    choices: ['newest', 'mtime'],
    default: 'newest',
  },
  'min-age': {
    type: 'duration',
    describe: 'Protect data newer than this',
    default: DEFAULTS.minAge,
  },
  'delete-untagged': {
    type: 'flag',
    alias: 'm',
    describe: 'Also remove untagged manifests',
  },
  'allow-tagless': {
    type: 'flag',
    describe: 'With -m, also in repositories that have no tag at all',
  },
  'keep-digests': {
    type: 'text',
    isPath: true,
    describe: 'File with digests that are in use; never removed',
  },
  only: { type: 'kinds', describe: 'Only these kinds of items, separated by commas' },
  skip: { type: 'kinds', describe: 'All kinds of items but these, separated by commas' },
  policy: {
    type: 'text',
    isPath: true,
    describe: 'Retention policy file; images that it expires are removed (see docs/policy.md)',
  },
  'keep-last': { type: 'count', describe: 'Keep this many images of each repository, as a policy' },
  'keep-within': { type: 'duration', describe: 'Keep images newer than this, as a policy' },
  'keep-tags': {
    type: 'list',
    describe: 'Keep images with a tag that matches this glob, as a policy (repeatable)',
  },
  'trust-mtimes': {
    type: 'flag',
    describe: 'Trust push times even if most of them are equal',
  },
  'allow-empty': { type: 'flag', describe: 'Let a policy remove the last image of a repository' },
  'orphan-signatures': {
    type: 'flag',
    describe: 'Also remove signatures and other referrers whose subject was deleted',
  },
  'max-delete': {
    type: 'percent',
    describe: 'Refuse to remove more than this share',
    default: DEFAULTS.maxDelete,
  },
  'allow-shrunk': {
    type: 'flag',
    describe: 'Continue although the registry shrank since the last run',
  },

  'allow-empty-tree': {
    type: 'flag',
    describe: 'Continue in a tree without any manifest: everything in it is garbage then',
  },

  plan: { type: 'text', isPath: true, describe: 'Apply a saved plan; stale actions are skipped' },
  key: {
    type: 'text',
    isPath: true,
    describe: 'SSH key to sign with (default: git’s user.signingkey, or the only key in ssh-agent)',
  },
  'dry-run': {
    type: 'flag',
    alias: 'd',
    describe: 'Show what would be removed, and change nothing',
  },
  backup: {
    type: 'text',
    isPath: true,
    describe: 'First write each tagged image that is removed to this folder, as an OCI layout',
  },
  yes: { type: 'flag', alias: 'y', describe: 'Do not ask for confirmation' },
  delete: {
    type: 'flag',
    describe: 'Delete at once instead of moving to quarantine; cannot be undone',
  },
  'purge-older-than': {
    type: 'duration',
    describe: 'First delete quarantined runs older than this',
  },
  'detailed-exitcode': { type: 'flag', describe: 'Exit with 2 if there is garbage or damage' },
  output: {
    type: 'text',
    isPath: true,
    alias: 'o',
    describe: 'Write the result to this file (-: stdout)',
  },
  all: { type: 'flag', describe: 'List every item on a terminal too, not only a summary' },
  force: { type: 'flag', describe: 'Overwrite the output file' },
  'metrics-file': {
    type: 'text',
    isPath: true,
    describe: 'Write metrics for node_exporter’s textfile collector to this file (*.prom)',
  },
  'notify-command': {
    type: 'text',
    describe: 'Command that gets the JSON result on its standard input afterwards (sh -c)',
  },
  details: { type: 'flag', describe: 'List every unreferenced blob' },
  sort: {
    type: 'text',
    describe: 'Sort order; own: what removing it alone would free',
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
  top: { type: 'count', describe: 'Maximum number of rows (default 10)' },
  platform: { type: 'flag', describe: 'List the platforms of the image with their layers' },
  tags: { type: 'flag', describe: 'List tags instead of repositories' },
  layers: { type: 'flag', describe: 'List the largest layers, and how many tags share each' },
  since: { type: 'duration', describe: 'Show growth over this time, from earlier runs' },
  verify: { type: 'flag', describe: 'Read every blob and compare it with its digest' },
  bwlimit: { type: 'rate', describe: 'With --verify, read at most this much a second: 50M, 1G' },

  'stop-command': {
    type: 'text',
    describe: 'Command that stops the registry, run after you confirm (sh -c)',
  },
  'start-command': {
    type: 'text',
    describe: 'Command that starts it again, always run after a stop',
  },
  'command-timeout': {
    type: 'duration',
    describe: 'Time limit of each of the two commands',
    default: DEFAULTS.commandTimeout,
  },
  'flush-redis': {
    type: 'text',
    bare: 'config',
    describe:
      'Delete removed blobs from the registry’s Redis [redis://host:port/db; default: from --config]',
  },
  cache: {
    type: 'text',
    describe:
      'Cache of blob descriptors, if regsweep can’t see it: inmemory, none or redis://host:port/db',
  },

  'quiet-window': {
    type: 'duration',
    describe: 'How long the tree must be unchanged',
    default: DEFAULTS.quietWindow,
  },
  'registry-url': {
    type: 'url-list',
    describe: 'URL of a registry instance that serves this tree (repeat for each instance)',
  },
  'registry-user': { type: 'text', describe: 'User name for the registry' },
  'registry-password-file': {
    type: 'text',
    isPath: true,
    describe: 'File with the password of that user',
  },
  'registry-cert': {
    type: 'text',
    isPath: true,
    describe: 'Client certificate for the registry (PEM)',
  },
  'registry-key': {
    type: 'text',
    isPath: true,
    describe: 'Key of the client certificate (PEM, without a passphrase)',
  },
  'registry-ca': {
    type: 'text',
    isPath: true,
    describe: 'Certificate authority of the registry (PEM)',
  },

  run: { type: 'list', describe: 'ID of a run, as shown by trash list (repeatable)' },
  'older-than': { type: 'duration', describe: 'Only runs older than this' },
  ref: { type: 'list', describe: 'What to restore: repo, repo:tag or a digest (repeatable)' },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;

export const optionSpec = (name: OptionName): OptionSpec => OPTIONS[name];

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export const isOptionName = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);

/** `min-age` → `REGSWEEP_MIN_AGE` */
export const variableOf = (name: OptionName): string =>
  `REGSWEEP_${name.replaceAll('-', '_').toUpperCase()}`;

export const isListType = (type: string): boolean =>
  type === 'list' || type === 'kinds' || type === 'url-list';
