/** The output of `regsweep config sample`: a settings file with every setting as a comment. */

import { groupOf, inHelpOrder } from '../args/option-groups.js';
import {
  OPTION_NAMES,
  type OptionName,
  type OptionType,
  optionSpec,
} from '../args/option-table.js';

/** Options of single runs, which make no sense in a settings file. */
const NEVER: readonly OptionName[] = [
  ...([
    'settings',
    'yes',
    'run',
    'ref',
    'plan',
    'key',
    'output',
    'force',
    'dry-run',
    'delete',
  ] as const),
  ...([
    'all',
    'details',
    'tags',
    'layers',
    'sort',
    'top',
    'since',
    'verify',
    'older-than',
  ] as const),
];

const EXAMPLES: Readonly<Partial<Record<OptionName, string>>> = {
  root: '/var/lib/registry',
  config: '/etc/docker/registry/config.yml',
  concurrency: '8',
  repo: '["team/**"]',
  'state-dir': '/var/lib/regsweep',
  'keep-digests': '/etc/regsweep/in-use.txt',
  only: '[blob, layer-link]',
  skip: '[upload]',
  policy: '/etc/regsweep/policy.yaml',
  'metrics-file': '/var/lib/prometheus/node-exporter/regsweep.prom',
  'stop-command': 'docker stop registry',
  'start-command': 'docker start registry',
  'notify-command': '/usr/local/bin/mail-report',
  'log-file': '/var/log/regsweep.jsonl',
  'purge-older-than': '7d',
  'flush-redis': 'redis://127.0.0.1:6379/0',
  cache: 'inmemory',
  'registry-url': '["https://registry.example.com"]',
  bwlimit: '50M',
};

const BY_TYPE: Readonly<Record<OptionType, string>> = {
  flag: 'true',
  text: 'TEXT',
  list: '[]',
  duration: '24h',
  percent: '50%',
  rate: '50M',
  count: '10',
  kinds: '[blob]',
  'url-list': '["https://registry.example.com"]',
};

const HEAD = `# Settings of regsweep: /etc/regsweep.yaml, or the file that --settings names.
# The command line and REGSWEEP_* variables override it. Remove the # of each setting that you need.
`;

const BYSTANDERS = `
# Processes that have the tree mounted but never write to it, by command and SHA-256 of the executable.
# With this, root must own the file, and no other user may have write permission.
# guard:
#   bystanders:
#     - command: node_exporter
#       sha256: "${'0'.repeat(64)}"
`;

const APPROVAL = `
# Commands that remove data then need a plan that a second person has signed (docs/approval.md).
# With this, root must own the file, and no other user may have write permission.
# approval:
#   required: true
#   allowedSigners: /etc/regsweep/allowed_signers
#   validFor: 48h
`;

export function sampleSettings(): string {
  let text = HEAD;
  let group = '';
  for (const name of inHelpOrder(OPTION_NAMES.filter((one) => !NEVER.includes(one)))) {
    if (groupOf(name) !== group) {
      group = groupOf(name);
      text += `\n## ${group.replace(/:$/, '')}\n`;
    }
    const { describe, choices, default: fallback, type } = optionSpec(name);
    const among = choices === undefined ? '' : ` (${choices.join(', ')})`;
    text += `\n# ${describe}${among}\n# ${name}: ${EXAMPLES[name] ?? fallback ?? choices?.[0] ?? BY_TYPE[type]}\n`;
  }
  return text + BYSTANDERS + APPROVAL;
}
