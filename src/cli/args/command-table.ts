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

const DRY: readonly OptionName[] = ['dry-run', 'yes', 'notify-command'];
const READING: readonly OptionName[] = ['min-age', 'age-by', 'detailed-exitcode'];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'analyze',
    describe: 'Show disk usage and unreferenced data',
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
      ['$0 analyze /var/lib/registry -m', 'untagged manifests count as garbage'],
      ['$0 analyze --repo team/app --tags --top 20', 'the tags of one repository'],
      ['$0 analyze --since 30d', 'growth over a month'],
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
    describe: 'Explain why a digest, tag or repository is kept or unreferenced',
    options: [
      ...COMMON,
      ...(['min-age', 'age-by', 'delete-untagged', 'allow-tagless', 'keep-digests'] as const),
      'platform',
    ],
    examples: [
      ['$0 explain team/app:1.2 --root /srv/registry', 'why this tag is kept'],
      ['$0 explain team/app:1.2 --platform', 'its platforms, with their layers'],
    ],
    load: () => import('../commands/explain.js'),
  },
  {
    name: 'check',
    describe: 'Report damage and leftovers',
    options: [...COMMON, ...READING, 'verify', 'bwlimit'],
    examples: [
      ['$0 check --detailed-exitcode', 'exit 2 if something is damaged'],
      ['$0 check --verify --bwlimit 50M', 'also verify every blob, at 50 MB a second'],
    ],
    load: () => import('../commands/check.js'),
  },
  {
    name: 'plan',
    describe: 'Print exactly what a sweep would remove',
    options: [
      ...COMMON,
      ...SELECTION,
      ...POLICY,
      'orphan-signatures',
      'all',
      'output',
      'force',
      'detailed-exitcode',
    ],
    examples: [['$0 plan -m -o sweep.plan', 'for review; then: $0 sweep --plan sweep.plan']],
    load: () => import('../commands/plan.js'),
  },
  {
    name: 'sweep',
    describe: 'Move unreferenced data to quarantine (needs a stopped or read-only registry)',
    options: [
      ...COMMON,
      'metrics-file',
      ...SELECTION,
      ...POLICY,
      'orphan-signatures',
      ...GUARD,
      ...DOWNTIME,
      ...DRY,
      'all',
      'plan',
      'backup',
      'delete',
      'purge-older-than',
      'detailed-exitcode',
    ],
    examples: [
      ['$0 sweep /var/lib/registry', 'unreferenced blobs'],
      ['$0 sweep -m --min-age 7d --yes', 'untagged manifests too, without asking'],
      [
        "$0 sweep --stop-command 'docker stop registry' --start-command 'docker start registry'",
        'stops the registry only while data is moved',
      ],
    ],
    load: () => import('../commands/sweep.js'),
  },
  {
    name: 'tidy',
    describe:
      'Remove leftovers of garbage collections: empty folders, dangling links, dead repositories',
    options: [
      ...COMMON,
      'metrics-file',
      ...GUARD,
      ...DOWNTIME,
      ...DRY,
      'all',
      'min-age',
      'age-by',
      'max-delete',
      'allow-shrunk',
      'allow-empty-tree',
      'detailed-exitcode',
    ],
    examples: [['$0 tidy --dry-run', 'show what would be removed; never a blob’s data']],
    load: () => import('../commands/tidy.js'),
  },
  {
    name: 'rm',
    subject: '<what..>',
    what: 'repo[:tag|@digest], globs allowed',
    rootAsOption: true,
    describe: 'Remove tags, manifests or repositories, and what only they refer to',
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
      'backup',
      'delete',
      'detailed-exitcode',
    ],
    examples: [
      ['$0 rm team/app:1.2 --root /srv/registry --dry-run', 'show what would be removed'],
      ["$0 rm 'ci/*:pr-*' old/project --root /srv/registry", 'globs, and a whole repository'],
    ],
    load: () => import('../commands/rm.js'),
  },
  {
    name: 'policy check',
    subject: '<what>',
    what: 'policy file',
    describe: 'Validate a retention policy and warn of likely mistakes',
    options: [...COMMON, 'min-age', 'age-by', 'keep-digests', 'trust-mtimes', 'allow-empty'],
    examples: [
      ['$0 policy check policy.yaml', 'exit 64 if it is not valid'],
      ['$0 policy check policy.yaml /srv/registry', 'also which patterns match nothing there'],
    ],
    load: () => import('../commands/policy/check.js'),
  },
  {
    name: 'policy preview',
    subject: '<what>',
    what: 'policy file',
    describe: 'Show what a retention policy would remove, by which rule, and what that frees',
    options: [
      ...COMMON,
      ...(['min-age', 'age-by', 'keep-digests', 'trust-mtimes', 'allow-empty'] as const),
      'detailed-exitcode',
    ],
    examples: [['$0 policy preview policy.yaml /srv/registry', 'changes nothing']],
    load: () => import('../commands/policy/preview.js'),
  },
  {
    name: 'policy convert',
    subject: '<what>',
    what: 'policy file of Harbor, GitLab, Google Artifact Registry, zot, or an article',
    rootAsOption: true,
    describe: 'Convert a policy of another program, and name what can not be said here',
    options: [...COMMON],
    examples: [
      ['$0 policy convert harbor.json > policy.yaml', 'then: $0 policy preview policy.yaml'],
    ],
    load: () => import('../commands/policy/convert.js'),
  },
  {
    name: 'pulls import',
    subject: '<what..>',
    what: 'log file, or - for standard input; the root may follow',
    rootAsOption: true,
    describe: 'Record the last pull of each image, from access logs',
    options: [...COMMON],
    examples: [
      ['$0 pulls import /var/log/nginx/access.log* /srv/registry', 'also packed ones'],
      ['journalctl -u docker-registry -o cat | $0 pulls import -', 'the registry’s own log'],
    ],
    load: () => import('../commands/pulls/import.js'),
  },
  {
    name: 'pulls show',
    describe: 'Show what the records of pulls cover',
    options: [...COMMON],
    examples: [["$0 pulls show --repo 'team/**'", 'the last pull of each repository']],
    load: () => import('../commands/pulls/show.js'),
  },
  {
    name: 'trash list',
    describe: 'List quarantined runs',
    options: [...COMMON, 'run', 'older-than'],
    examples: [['$0 trash list', 'runs, and what purging each frees']],
    load: () => import('../commands/trash/list.js'),
  },
  {
    name: 'trash restore',
    describe: 'Put quarantined items back',
    options: [...COMMON, ...GUARD, ...STOPPING, ...DRY, 'run', 'older-than', 'ref', 'min-age'],
    examples: [['$0 trash restore --ref team/app:1.2', 'one image with everything it needs']],
    load: () => import('../commands/trash/restore.js'),
  },
  {
    name: 'trash purge',
    describe: 'Delete quarantined items permanently and free the space',
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
    examples: [['$0 trash purge --older-than 7d --yes', 'without asking']],
    load: () => import('../commands/trash/purge.js'),
  },
  {
    name: 'guard',
    describe: 'Show whether the tree may be changed now, and why (exit 0 or 12)',
    options: [...COMMON, ...GUARD],
    examples: [['$0 guard || systemctl stop docker-registry', 'stop it only if needed']],
    load: () => import('../commands/guard.js'),
  },
  {
    name: 'config sample',
    rootAsOption: true,
    describe: 'Print a commented settings file',
    options: ['settings', 'quiet', 'no-color'],
    examples: [['$0 config sample > /etc/regsweep.yaml', 'then remove the # of what you need']],
    load: () => import('../commands/config/sample.js'),
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
    describe: 'Write an HTML report of disk usage',
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
    examples: [['$0 report -m -o report.html', 'self-contained page; makes no network requests']],
    load: () => import('../commands/report.js'),
  },
  {
    name: 'browse',
    describe: 'Browse disk usage at the keyboard and mark what to remove',
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
    examples: [['$0 browse /var/lib/registry', 'what is marked is written to a plan file']],
    load: () => import('../commands/browse.js'),
  },
  {
    name: 'history',
    describe: 'Show growth, when the disk will be full, and what sweeps freed',
    options: [...COMMON, 'since', 'top'],
    examples: [['$0 history --since 90d', 'from the records of earlier runs']],
    load: () => import('../commands/history.js'),
  },
  {
    name: 'audit verify',
    describe: 'Verify the audit log',
    options: [...COMMON],
    examples: [['$0 audit verify', 'exit 1 if a line was changed or removed']],
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
