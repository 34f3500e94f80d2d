/**
 * The commands: names, options and help. Light on purpose; what a command does is loaded when
 * it runs.
 */
import type { CommandContext } from '../context.js';
import {
  COMMON,
  DOWNTIME,
  GUARD,
  type OptionName,
  POLICY,
  SELECTION,
  STOPPING,
} from './option-table.js';

export interface CommandSpec {
  /** `trash purge`: the words that name it. */
  readonly name: string;
  /** A positional before `[root]`, as yargs writes it. */
  readonly subject?: string;
  /** What that is. */
  readonly what?: string;
  /** The root can't be a positional after it. */
  readonly rootAsOption?: true;
  readonly describe: string;
  /** Its result is also to be had as `--format csv`. */
  readonly csv?: true;
  readonly options: readonly OptionName[];
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<{ run(context: CommandContext): Promise<number> }>;
}

const DRY: readonly OptionName[] = ['dry-run', 'yes'];
const READING: readonly OptionName[] = ['min-age', 'age-by', 'detailed-exitcode'];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'analyze',
    describe: 'Show where the disk goes, and what of it nothing refers to',
    csv: true,
    options: [
      ...COMMON,
      ...READING,
      'delete-untagged',
      'allow-tagless',
      'keep-digests',
      'details',
      'sort',
      'top',
      'tags',
      'layers',
      'since',
      'metrics-file',
      ...POLICY,
    ],
    examples: [
      ['$0 analyze /var/lib/registry -m', 'with what no tag reaches as garbage'],
      ['$0 analyze --repo team/app --tags --top 20', 'what each tag of it holds'],
      ['$0 analyze --since 30d', 'and how it grew'],
      ['$0 analyze --format csv --sort size', 'for a spreadsheet'],
    ],
    load: () => import('../commands/analyze.js'),
  },
  {
    name: 'ls',
    subject: '[what]',
    what: 'repository or glob: its tags; without one, the repositories',
    describe: 'List repositories, or the tags of one, with their sizes',
    options: [...COMMON, 'min-age', 'age-by', 'delete-untagged', 'allow-tagless', 'keep-digests'],
    examples: [
      ['$0 ls', 'repositories of /var/lib/registry'],
      ['$0 ls team/app /srv/registry', 'its tags'],
    ],
    load: () => import('../commands/ls.js'),
  },
  {
    name: 'du',
    describe: 'Show sizes by namespace and repository',
    options: [...COMMON, 'min-age', 'age-by', 'delete-untagged', 'allow-tagless', 'keep-digests'],
    examples: [["$0 du --repo 'team/**'", 'only what lies in team']],
    load: () => import('../commands/du.js'),
  },
  {
    name: 'explain',
    subject: '<what>',
    describe: 'Tell why a digest, tag or repository is kept or is garbage',
    options: [...COMMON, 'min-age', 'age-by', 'delete-untagged', 'allow-tagless', 'keep-digests'],
    examples: [['$0 explain team/app:1.2 --root /srv/registry', 'what holds this tag']],
    load: () => import('../commands/explain.js'),
  },
  {
    name: 'check',
    describe: 'List everything in the tree that is not as it should be',
    options: [...COMMON, ...READING, 'verify', 'bwlimit'],
    examples: [
      ['$0 check --detailed-exitcode', 'exit 2 when something is damaged'],
      ['$0 check --verify --bwlimit 50M', 'also what every blob holds, at 50 MB a second'],
    ],
    load: () => import('../commands/check.js'),
  },
  {
    name: 'plan',
    describe: 'Print the exact list of what a sweep would remove',
    options: [
      ...COMMON,
      ...SELECTION,
      ...POLICY,
      'orphan-signatures',
      'output',
      'force',
      'detailed-exitcode',
    ],
    examples: [['$0 plan -m -o sweep.plan', 'for review; then: $0 sweep --plan sweep.plan']],
    load: () => import('../commands/plan.js'),
  },
  {
    name: 'sweep',
    describe: 'Move garbage to quarantine, once the registry is seen stopped or read-only',
    options: [
      ...COMMON,
      'metrics-file',
      ...SELECTION,
      ...POLICY,
      'orphan-signatures',
      ...GUARD,
      ...DOWNTIME,
      ...DRY,
      'plan',
      'delete',
      'purge-older-than',
      'detailed-exitcode',
    ],
    examples: [
      ['$0 sweep /var/lib/registry', 'blobs that no manifest refers to'],
      ['$0 sweep -m --min-age 7d --yes', 'untagged manifests too, from a script'],
      [
        "$0 sweep --stop-command 'docker stop registry' --start-command 'docker start registry'",
        'down only while the tree changes',
      ],
    ],
    load: () => import('../commands/sweep.js'),
  },
  {
    name: 'tidy',
    describe:
      'Clear what collections leave behind: empty folders, dangling links, dead repositories',
    options: [
      ...COMMON,
      'metrics-file',
      ...GUARD,
      ...DOWNTIME,
      ...DRY,
      'min-age',
      'age-by',
      'max-delete',
      'allow-shrunk',
      'allow-empty-tree',
      'detailed-exitcode',
    ],
    examples: [['$0 tidy --dry-run', 'what would go; never the data of a blob']],
    load: () => import('../commands/tidy.js'),
  },
  {
    name: 'rm',
    subject: '<what..>',
    what: 'repo[:tag|@digest], globs allowed',
    rootAsOption: true,
    describe: 'Remove tags, manifests or whole repositories, and what only they held',
    options: [
      ...COMMON,
      'metrics-file',
      ...GUARD,
      ...DOWNTIME,
      ...DRY,
      'min-age',
      'age-by',
      'keep-digests',
      'max-delete',
      'allow-shrunk',
      'delete',
      'detailed-exitcode',
    ],
    examples: [
      ['$0 rm team/app:1.2 --root /srv/registry --dry-run', 'what that means'],
      ["$0 rm 'ci/*:pr-*' old/project --root /srv/registry", 'globs, and a whole repository'],
    ],
    load: () => import('../commands/rm.js'),
  },
  {
    name: 'policy check',
    subject: '<what>',
    what: 'policy file',
    rootAsOption: true,
    describe: 'Validate a retention policy, and warn of what is seldom meant',
    options: [...COMMON],
    examples: [['$0 policy check policy.yaml', 'exit 64 when it is not valid']],
    load: () => import('../commands/policy/check.js'),
  },
  {
    name: 'policy preview',
    subject: '<what>',
    what: 'policy file',
    describe: 'Show what a retention policy would expire, by which rule, and what that frees',
    options: [
      ...COMMON,
      ...(['min-age', 'age-by', 'keep-digests', 'trust-mtimes', 'allow-empty'] as const),
      'detailed-exitcode',
    ],
    examples: [['$0 policy preview policy.yaml /srv/registry', 'reads only']],
    load: () => import('../commands/policy/preview.js'),
  },
  {
    name: 'trash list',
    describe: 'Show the quarantined runs',
    options: [...COMMON, 'run', 'older-than'],
    examples: [['$0 trash list', 'each run, and what purging it frees']],
    load: () => import('../commands/trash/list.js'),
  },
  {
    name: 'trash restore',
    describe: 'Put quarantined items back where they were',
    options: [...COMMON, ...GUARD, ...STOPPING, ...DRY, 'run', 'older-than', 'ref', 'min-age'],
    examples: [['$0 trash restore --ref team/app:1.2', 'that image, with all it needs']],
    load: () => import('../commands/trash/restore.js'),
  },
  {
    name: 'trash purge',
    describe: 'Delete quarantined items for good, which frees the space',
    options: [
      ...COMMON,
      'metrics-file',
      ...GUARD,
      ...STOPPING,
      ...DRY,
      'run',
      'older-than',
      'flush-redis',
      'cache',
      'min-age',
      'age-by',
      'allow-empty-tree',
    ],
    examples: [['$0 trash purge --older-than 7d --yes', 'from a script']],
    load: () => import('../commands/trash/purge.js'),
  },
  {
    name: 'guard',
    describe: 'Show whether the tree may be changed now, and the evidence (exit 0 or 12)',
    options: [...COMMON, ...GUARD],
    examples: [['$0 guard || systemctl stop docker-registry', 'stop it only if that is needed']],
    load: () => import('../commands/guard.js'),
  },
  {
    name: 'find',
    rootAsOption: true,
    describe: 'List the registry trees on this host, and what serves each',
    options: ['settings', 'format', 'quiet', 'no-color'],
    examples: [['$0 find', 'running registries, volumes of Docker and Podman, usual folders']],
    load: () => import('../commands/find.js'),
  },
  {
    name: 'report',
    describe: 'Write one self-contained page that shows where the disk goes',
    options: [
      ...COMMON,
      'output',
      'force',
      'min-age',
      'age-by',
      'delete-untagged',
      'allow-tagless',
      'keep-digests',
      ...POLICY,
    ],
    examples: [['$0 report -m -o report.html', 'for a browser; it asks for nothing']],
    load: () => import('../commands/report.js'),
  },
  {
    name: 'browse',
    describe: 'Look through namespaces, repositories and tags, and mark what to remove',
    options: [
      ...COMMON,
      'min-age',
      'age-by',
      'keep-digests',
      'max-delete',
      'allow-shrunk',
      'output',
      'force',
    ],
    examples: [
      ['$0 browse /var/lib/registry', 'at the keyboard; what is marked becomes a plan file'],
    ],
    load: () => import('../commands/browse.js'),
  },
  {
    name: 'history',
    describe: 'Show how the registry grew, when the disk will be full, and what sweeps got back',
    options: [...COMMON, 'since', 'top'],
    examples: [['$0 history --since 90d', 'from the records that earlier runs left']],
    load: () => import('../commands/history.js'),
  },
  {
    name: 'audit verify',
    describe: 'Check the chain of the audit log',
    options: [...COMMON],
    examples: [['$0 audit verify', 'exit 1 when a line was changed or cut out']],
    load: () => import('../commands/audit/verify.js'),
  },
  {
    name: 'audit rotate',
    describe: 'Start a new file of the audit log that continues the chain of the old one',
    options: [...COMMON],
    examples: [['$0 audit rotate', 'monthly; audit verify follows the chain over all files']],
    load: () => import('../commands/audit/rotate.js'),
  },
];

export const DESCRIPTION = 'Analyzes and sweeps the storage tree of a Docker/OCI registry.';
