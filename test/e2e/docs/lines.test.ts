/** README and docs: each command line is typed as it stands, on a host whose files may be changed. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { needs } from '../../harness/require.js';
import { removeTemp } from '../../harness/temp.js';
import { startHost, type ThrowawayHost } from '../../harness/throwaway-host.js';
import { INSTALLED_ROWS } from './installed.js';
import { NOT_HERE } from './not-here.js';
import { APPROVAL_ROWS, POLICY_ROWS } from './policy.js';
import { check, type Row } from './rows.js';
import { DEMO, prepare, SERVICE_ROWS } from './service.js';
import { makeStore } from './store.js';

describe('each documented line', needs('root', 'mounts', 'registry', 'guard'), () => {
  let host: ThrowawayHost;
  let isDemoNew = false;
  beforeAll(async () => {
    const store = await makeStore();
    // What is mounted there is seen by the throw-away host alone.
    isDemoNew = mkdirSync(DEMO, { recursive: true }) !== undefined;
    host = await startHost(`mount -t tmpfs demo ${DEMO}`);
    await prepare(host, store);
    await removeTemp(store);
  });
  afterAll(async () => {
    await host?.type('systemctl stop docker-registry');
    await host?.stop();
    if (isDemoNew) rmdirSync(DEMO);
    for (const { why, lines } of NOT_HERE)
      console.log(`not typed: ${why}\n  ${lines.join('\n  ')}`);
  });
  const typed = (row: Row) => check(host, row);

  describe('of a service', () => void it.each(SERVICE_ROWS)('$line', typed));
  describe('of approvals', () => void it.each(APPROVAL_ROWS)('$line', typed));
  describe('of policies', () => void it.each(POLICY_ROWS)('$line', typed));
  describe('of what is installed', () => void it.each(INSTALLED_ROWS)('$line', typed));
});
