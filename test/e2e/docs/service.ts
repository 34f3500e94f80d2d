/** A registry as a service of systemd, on /var/lib/registry, and the lines about it. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { copyFixture } from '../../harness/fixture.js';
import { freePort } from '../../harness/ports.js';
import { HOME, type ThrowawayHost } from '../../harness/throwaway-host.js';
import { ACCESS_LOG } from './policy.js';
import type { Row } from './rows.js';
import { SETTINGS } from './settings.js';

const TREE = '/var/lib/registry';
const CONFIG = '/etc/docker/registry/config.yml';
/** The README's copy of the tree in test-fixtures. */
export const DEMO = '/tmp/registry-demo';
const NODE_EXPORTER = '/var/lib/node_exporter';

/** Starts and stops the one service that there is; without systemd the documented lines need it. */
const SYSTEMCTL = `#!/bin/sh
[ "$2" = docker-registry ] || { echo "Unit $2 not found." >&2; exit 5; }
case "$1" in
start) docker-registry serve ${CONFIG} >>/run/registry.log 2>&1 & echo $! >/run/registry.pid ;;
stop) kill "$(cat /run/registry.pid)"; while kill -0 "$(cat /run/registry.pid)"; do sleep 0.05; done 2>/dev/null ;;
esac
`;

/** @param store a rootdirectory that is copied to both places that the docs name */
export async function prepare(host: ThrowawayHost, store: string): Promise<void> {
  // With their times: what is pushed together has no order.
  for (const tree of [TREE, '/srv/registry']) {
    execFileSync('cp', ['-a', `${store}/.`, host.at(tree)]);
  }
  copyFixture(host.at(DEMO));
  const config = [
    'version: 0.1',
    'log: {level: info}',
    `storage: {cache: {blobdescriptor: inmemory}, filesystem: {rootdirectory: ${TREE}}}`,
    `http: {addr: "127.0.0.1:${await freePort()}"}`,
  ];
  await host.put(CONFIG, `${config.join('\n')}\n`);
  await host.put('/etc/regsweep.yaml', SETTINGS);
  await host.put(
    `${HOME}/policy.yaml`,
    'version: 1\nrepositories: [{match: ["**"], keepLast: 1}]\n',
  );
  await host.put('/usr/local/bin/systemctl', SYSTEMCTL, 0o755);
  await host.put(
    '/usr/local/bin/mail',
    '#!/bin/sh\necho "$2 to $3" >/run/mail; cat >/dev/null\n',
    0o755,
  );
  await host.put('/usr/local/bin/journalctl', '#!/bin/sh\nexec cat /run/registry.log\n', 0o755);
  await host.put(ACCESS_LOG, PULL);
  for (const folder of [NODE_EXPORTER, '/srv/archive', '/mnt/backup']) {
    await host.type(`mkdir -p ${folder}`);
  }
}

const PULL = `10.0.0.9 - - [${new Date().toUTCString().replace(/^..., (\d+) (\w+) (\d+) (.*) GMT$/, '$1/$2/$3:$4 +0000')}] "GET /v2/team/app/manifests/1.0 HTTP/1.1" 200 500 "-" "docker/24.0.0"\n`;

/** The digest of a blob, without its algorithm. */
const someBlob = (host: ThrowawayHost): string => {
  const blobs = host.at(`${TREE}/docker/registry/v2/blobs/sha256`);
  return readdirSync(`${blobs}/${readdirSync(blobs)[0]}`)[0]!;
};

const lastRun = (host: ThrowawayHost): string =>
  readdirSync(host.at(`${TREE}/.regsweep/runs`))
    .sort()
    .at(-1)!;

const NIGHTLY =
  "--stop-command 'systemctl stop docker-registry' --start-command 'systemctl start docker-registry'";

const withLastRun = (line: string, host: ThrowawayHost): string =>
  line.replace(/(?<=--run )\S+/, lastRun(host));

const withoutReport = (host: ThrowawayHost) => host.type('rm -f report.html');

/** In the order of a first day: looks while it runs, a sweep, its undo, plans, the schedule. */
export const SERVICE_ROWS: readonly Row[] = [
  { line: 'systemctl start docker-registry' },
  { line: 'regsweep find', says: TREE },
  { line: `mkdir -m 700 ${TREE}/.regsweep` },
  { line: `regsweep guard ${TREE}`, code: 12, says: 'docker-registry' },
  { line: `regsweep analyze ${TREE}`, says: 'garbage' },
  { line: `regsweep analyze ${TREE} --delete-untagged`, says: 'garbage' },
  { line: `regsweep analyze --quiet ${TREE} > /dev/null` },
  { line: 'regsweep analyze --detailed-exitcode --quiet', code: 2 },
  { line: `regsweep analyze --format json ${TREE}`, says: '"schemaVersion"' },
  { line: 'regsweep analyze --format json', says: '"schemaVersion"' },
  { line: `regsweep explain team/app:1.0 ${TREE}`, says: 'team/app' },
  {
    line: `regsweep explain sha256:4f2b ${TREE}`,
    typed: (line, host) => line.replace('4f2b', someBlob(host).slice(0, 12)),
  },
  { line: `regsweep browse ${TREE}`, answer: 'q', says: 'team' },
  { line: 'regsweep report -o report.html', before: withoutReport },
  { line: `regsweep report ${TREE} -m -o report.html`, before: withoutReport },
  {
    line: `regsweep analyze ${TREE} --quiet --metrics-file ${NODE_EXPORTER}/regsweep.prom >/dev/null`,
  },
  { line: 'regsweep check --verify --detailed-exitcode --bwlimit 50M', says: 'all digests match' },
  { line: 'regsweep policy preview policy.yaml', says: 'keepLast 1' },
  { line: `regsweep plan ${TREE} --keep-last 10 --keep-within 30d` },
  { line: `regsweep plan -o sweep.plan ${TREE}` },
  { line: 'systemctl stop docker-registry' },
  { line: `regsweep sweep ${TREE}`, answer: 'y\n', says: 'quarantine' },
  { line: `regsweep trash list ${TREE}`, says: /\d{8}T\d{6}Z/ },
  {
    line: `regsweep trash restore ${TREE} --run 20261126T000632Z-18d66f`,
    answer: 'y\n',
    typed: withLastRun,
  },
  { line: `regsweep sweep --plan sweep.plan ${TREE}`, answer: 'y\n', says: 'quarantine' },
  { line: `regsweep trash restore ${TREE} --run ID`, answer: 'y\n', typed: withLastRun },
  { line: `regsweep sweep ${TREE} --keep-last 10 --keep-within 30d`, answer: 'y\n' },
  { line: `regsweep trash restore ${TREE} --ref team/app:1.2`, answer: 'y\n' },
  { line: `regsweep trash purge --config ${CONFIG} --older-than 7d`, answer: 'y\n' },
  { line: `regsweep trash purge ${TREE} --older-than 7d --config ${CONFIG} --yes` },
  { line: `regsweep sweep ${TREE} -m --yes --metrics-file ${NODE_EXPORTER}/regsweep.prom` },
  {
    line: `regsweep sweep -m --yes --notify-command 'mail -s "regsweep: exit $REGSWEEP_EXIT_CODE" root'`,
  },
  { line: 'regsweep sweep -m --yes --log-file /var/log/regsweep.jsonl' },
  { line: `regsweep sweep --config ${CONFIG} --yes --purge-older-than 7d ${NIGHTLY}` },
  { line: `regsweep sweep --config ${CONFIG} --yes ${NIGHTLY} --purge-older-than 7d` },
  { line: `regsweep history --since 90d ${TREE}` },
  { line: `regsweep audit verify ${TREE}` },
  {
    line: `jq -nc 'foreach inputs as $l ({}; if $l.event == "batch" then $l else . end; if $l.at then $l else {at, run, reason} + $l end)' ${TREE}/.regsweep/audit.jsonl`,
    says: /"run":"2\d{7}T.*"event":"moved"/,
  },
  { line: `regsweep audit rotate ${TREE}` },
  { line: `regsweep audit rotate --root ${TREE} --quiet` },
  {
    line: `find ${TREE}/.regsweep -maxdepth 1 -name 'audit-*.jsonl' -mtime +365 -exec mv {} /srv/archive/ ';'`,
  },
  { line: `regsweep analyze ${DEMO} --min-age 0s --delete-untagged` },
  { line: `regsweep sweep ${DEMO} -m --min-age 0s --yes` },
];
