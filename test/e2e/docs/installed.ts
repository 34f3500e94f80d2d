/** Lines that put completions and the manual page where shells and man look for them. */
import { fileURLToPath } from 'node:url';
import type { Row } from './rows.js';

const clone = fileURLToPath(new URL('../../..', import.meta.url));

export const INSTALLED_ROWS: readonly Row[] = [
  {
    line: 'regsweep completion bash > /etc/bash_completion.d/regsweep',
    before: (host) => host.type('mkdir -p /etc/bash_completion.d'),
  },
  {
    line: 'regsweep completion zsh > /usr/local/share/zsh/site-functions/_regsweep',
    before: (host) => host.type('mkdir -p /usr/local/share/zsh/site-functions'),
  },
  {
    line: 'regsweep completion fish > /etc/fish/completions/regsweep.fish',
    before: (host) => host.type('mkdir -p /etc/fish/completions'),
  },
  {
    line: 'install -m 644 docs/regsweep.1 /usr/local/share/man/man1/',
    cwd: clone,
    before: (host) => host.type('mkdir -p /usr/local/share/man/man1'),
  },
  { line: 'regsweep config sample > /etc/regsweep.yaml' },
];

/** `npm ci` came before the tests. */
const afterInstall = (line: string): string => line.replace('npm ci && ', '');
const inClone = { cwd: clone, typed: afterInstall };

export const DEB_ROW: Row = {
  line: 'npm ci && npm run deb && apt-get install -y ./bundle/regsweep_*.deb',
  ...inClone,
};

/** Each but the first leaves a `regsweep` behind. */
export const CLONE_ROWS: readonly Row[] = [
  {
    line: 'npm ci && npx . analyze test-fixtures/registry-tree -m --min-age 0s',
    ...inClone,
    says: '8 repositories',
  },
  {
    line: 'npm ci && npm run bundle && install bundle/regsweep.mjs /usr/local/bin/regsweep',
    ...inClone,
  },
  {
    line: 'npm ci && npm run executable && install bundle/regsweep-linux-x64 /usr/local/bin/regsweep',
    cwd: clone,
    typed: (line) => afterInstall(line).replace('linux-x64', `linux-${process.arch}`),
  },
  { line: 'npm ci && npm install -g "$(npm pack --silent)"', ...inClone },
];
