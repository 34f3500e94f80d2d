/** No documented command line is forgotten: a test types it, or the reason why none does is listed. */
import { expect, it } from 'vitest';
import { DOCKER_ROWS, PODMAN_ROWS } from './e2e/docs/engine.js';
import { CLONE_ROWS, DEB_ROW, INSTALLED_ROWS } from './e2e/docs/installed.js';
import { NOT_HERE } from './e2e/docs/not-here.js';
import { APPROVAL_ROWS, POLICY_ROWS } from './e2e/docs/policy.js';
import { SERVICE_ROWS } from './e2e/docs/service.js';
import { documentedLines } from './harness/doc-lines.js';

it('each command line of README and docs is typed by a test, or it is told why not', () => {
  const rows = [
    ...[...SERVICE_ROWS, ...POLICY_ROWS, ...APPROVAL_ROWS, ...INSTALLED_ROWS],
    ...[...CLONE_ROWS, DEB_ROW, ...DOCKER_ROWS, ...PODMAN_ROWS],
  ];
  const typed = rows.flatMap(({ line }) => line.split('\n'));
  const others = NOT_HERE.flatMap(({ lines }) => lines);
  expect([...new Set([...typed, ...others])].sort()).toEqual(documentedLines().sort());
  expect(typed.filter((line) => others.includes(line))).toEqual([]);
});
