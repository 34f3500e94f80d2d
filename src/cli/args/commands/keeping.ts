/** Commands on policies, pull records, the audit log and settings. */
import type { CommandSpec } from '../command-spec.js';
import { COMMON } from '../option-groups.js';

export const KEEPING: readonly CommandSpec[] = [
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
    load: () => import('../../commands/policy/check.js'),
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
    load: () => import('../../commands/policy/preview.js'),
  },
  {
    name: 'policy convert',
    subject: '<what>',
    what: 'policy file of Harbor, GitLab, Google Artifact Registry, zot, or an article',
    rootAsOption: true,
    describe: 'Convert a policy of another program, and list rules that can’t be converted',
    options: [...COMMON],
    examples: [
      ['$0 policy convert harbor.json > policy.yaml', 'then: $0 policy preview policy.yaml'],
    ],
    load: () => import('../../commands/policy/convert.js'),
  },
  {
    name: 'pulls import',
    subject: '<what..>',
    what: 'log file, or - for standard input; the root may follow',
    rootAsOption: true,
    describe: 'Record the last pull of each image, from access logs',
    options: [...COMMON],
    examples: [
      ['$0 pulls import /var/log/nginx/access.log* /srv/registry', 'compressed logs too'],
      ['journalctl -u docker-registry -o cat | $0 pulls import -', 'the registry’s own log'],
    ],
    load: () => import('../../commands/pulls/import.js'),
  },
  {
    name: 'pulls show',
    describe: 'Show what the records of pulls cover',
    options: [...COMMON],
    examples: [["$0 pulls show --repo 'team/**'", 'the last pull of each repository']],
    load: () => import('../../commands/pulls/show.js'),
  },
  {
    name: 'audit verify',
    describe: 'Verify the audit log',
    options: [...COMMON],
    examples: [['$0 audit verify', 'exit 1 if a line was changed or removed']],
    load: () => import('../../commands/audit/verify.js'),
  },
  {
    name: 'audit rotate',
    describe: 'Start a new file of the audit log that continues the chain of the old one',
    options: [...COMMON],
    examples: [['$0 audit rotate', 'monthly; audit verify follows the chain over all files']],
    load: () => import('../../commands/audit/rotate.js'),
  },
  {
    name: 'config sample',
    rootAsOption: true,
    describe: 'Print a commented settings file',
    options: ['settings', 'quiet', 'no-color'],
    examples: [['$0 config sample > /etc/regsweep.yaml', 'then remove the # of what you need']],
    load: () => import('../../commands/config/sample.js'),
  },
];
