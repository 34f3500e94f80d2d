/** Lines of docs/policy.md and docs/approval.md, on /srv/registry. */
import { HOME, type ThrowawayHost } from '../../harness/throwaway-host.js';
import type { Row } from './rows.js';
import { SETTINGS } from './settings.js';

const TREE = '/srv/registry';
export const ACCESS_LOG = '/var/log/nginx/access.log';

export const POLICY_ROWS: readonly Row[] = [
  {
    line: 'regsweep policy check policy.yaml',
    before: (host) => host.put('/etc/regsweep.yaml', SETTINGS),
  },
  { line: `regsweep policy preview policy.yaml ${TREE}`, says: 'keepLast 1' },
  { line: `regsweep plan --policy policy.yaml ${TREE}` },
  {
    line: `regsweep sweep --keep-last 10 --keep-within 30d --exclude 'prod/**' ${TREE} --dry-run`,
  },
  { line: `regsweep pulls import /var/log/nginx/access.log* ${TREE}` },
  { line: `journalctl -u docker-registry -o cat | regsweep pulls import - --root ${TREE}` },
  { line: `regsweep pulls show ${TREE}` },
  { line: `regsweep rm team/app:1.2 --root ${TREE} --dry-run`, says: 'team/app' },
  {
    line: `regsweep rm team/app:1.2 'ci/*:pr-*' old/project --root ${TREE}`,
    answer: 'y\n',
  },
  {
    line: `regsweep sweep --policy policy.yaml --backup /mnt/backup ${TREE}`,
    answer: 'y\n',
  },
  { line: `regsweep sweep --policy policy.yaml ${TREE}`, answer: 'y\n' },
];

const APPROVAL = `approval: {required: true, allowedSigners: /etc/regsweep/allowed_signers}\n`;

/** The reviewer signs with git's key. */
async function requireApproval(host: ThrowawayHost): Promise<void> {
  const lines = [
    'rm -f sweep.plan; mkdir -p .ssh /etc/regsweep && ssh-keygen -q -t ed25519 -N "" -C alice -f .ssh/key',
    'printf \'alice@example.com namespaces="regsweep-plan" \' > /etc/regsweep/allowed_signers',
    'cat .ssh/key.pub >> /etc/regsweep/allowed_signers',
    `git config --global gpg.format ssh && git config --global user.signingkey ${HOME}/.ssh/key`,
  ];
  await host.type(lines.join('\n'));
  await host.put('/etc/regsweep.yaml', SETTINGS + APPROVAL);
}

/** Before the policies' rows, whose runs need no approval. */
export const APPROVAL_ROWS: readonly Row[] = [
  { line: `regsweep plan ${TREE} -m -o sweep.plan`, before: requireApproval },
  { line: 'regsweep plan approve sweep.plan', answer: 'y\n' },
  { line: `regsweep sweep ${TREE} --plan sweep.plan`, answer: 'y\n', says: 'quarantine' },
  { line: "sed '/BEGIN/,$d' sweep.plan.sig > statement" },
  { line: "sed -n '/BEGIN/,/END/p' sweep.plan.sig > statement.sig" },
  {
    line: 'ssh-keygen -Y verify -f /etc/regsweep/allowed_signers -I alice@example.com -n regsweep-plan -s statement.sig < statement',
    says: 'Good "regsweep-plan" signature for alice@example.com',
  },
  { line: 'tail -n 1 sweep.plan', says: '"sha256"' },
];
