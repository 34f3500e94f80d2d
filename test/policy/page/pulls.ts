/** "Pulls". */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LONGEST_SILENCE, PullRecords } from '../../../src/app/pulls/records.js';
import { regsweep } from '../../harness/in-process.js';
import { tempFolder } from '../../harness/temp.js';
import { DAY, image, keep, NOW } from '../helpers.js';
import { RUNNING } from './in-use.js';
import { goes, introduces, type Row, row, shownBy } from './row.js';

const LOGS = 'pulls/log-line.test.ts';
const RECORDS = 'pulls/records.test.ts';

const since = (...days: number[]): number | undefined => {
  const records = new PullRecords();
  for (const one of days) records.cover(NOW - one * DAY);
  const found = records.since(NOW);
  return found === undefined ? undefined : (NOW - found) / DAY;
};

const WITHIN = keep('pulledWithin: 90d');
const OTHER = { other: image('other', 1, ['other']) };

const LINE =
  '10.0.0.1 - - [05/Nov/2026:23:36:15 +0000] "GET /v2/app/manifests/v1 HTTP/1.1" 200 528 "" "x"';

function emptyTree(folder: string): string {
  const root = join(folder, 'root');
  for (const name of ['blobs', 'repositories']) {
    mkdirSync(join(root, 'docker/registry/v2', name), { recursive: true });
  }
  return root;
}

const RECORDED: readonly Row[] = [
  introduces("The tree doesn't tell when an image was pulled; the registry's access log does."),
  shownBy(
    "`pulls import` reads the registry's own log (`log.level: info`; text, JSON and logstash), the combined format, JSON of nginx and others, each also as Docker and Kubernetes wrap it, and compressed with gzip.",
    LOGS,
    'the registry’s text',
  ),
  row('A log may be imported twice.', async () => {
    const folder = await tempFolder();
    const root = emptyTree(folder);
    const log = join(folder, 'access.log');
    writeFileSync(log, `${LINE}\n`);
    mkdirSync(join(root, '.regsweep'), { mode: 0o700 }); // only root makes it
    const once = await regsweep(['pulls', 'import', log, root, '--format', 'json']);
    const twice = await regsweep(['pulls', 'import', log, root, '--format', 'json']);
    expect([twice.code, twice.json]).toEqual([0, once.json]);
    expect(once.json).toMatchObject({ records: 1 });
  }),
  shownBy(
    '`packaging/systemd/regsweep-pulls.timer` imports every night.',
    '../packaging/systemd/regsweep-pulls.timer',
    'OnCalendar=',
  ),
  shownBy(
    'A pull is a manifest that was served (GET or HEAD, 2xx or 3xx), by its tag or digest.',
    LOGS,
    'not changed',
  ),
  shownBy(
    'The last pull of each is kept in `.regsweep/pulls.json`, 200,000 at most; beyond that the oldest are dropped, and the time before which nothing is known moves on.',
    RECORDS,
    'is bounded: with the oldest records goes the time before which nothing is known',
  ),
  row(
    'The records cover the time from the first logged request to the last, as long as there are no more than three days without any request.',
    () => {
      expect(LONGEST_SILENCE).toBe(3 * DAY);
      expect(since(9, 6, 3, 0)).toBe(9);
    },
  ),
  row("What lies before a longer gap doesn't count.", () => {
    expect(since(90, 4, 1)).toBe(4);
  }),
  row(
    'If the records ended more than three days ago, nothing is known: everything counts as pulled now.',
    () => {
      expect(since(9, 8, 7, 6, 5, 4)).toBeUndefined();
      expect(goes(WITHIN, { a: image('a', 400, ['a']), ...OTHER })).toEqual([]);
    },
  ),
  row(
    'An image without a record counts as pulled when the records begin, and no earlier than it was pushed, tagged or untagged.',
    () => {
      const old = { a: image('a', 400, ['a']), ...OTHER };
      expect(goes(WITHIN, old, { pullsSince: NOW - 91 * DAY })).toEqual(['a']);
      expect(goes(WITHIN, old, { pullsSince: NOW - 90 * DAY })).toEqual([]);
      const all = { pullsSince: NOW - 900 * DAY };
      expect(goes(WITHIN, { a: image('a', 89, ['a']), ...OTHER }, all)).toEqual([]);
      const untagged = image('a', 400, [], { touchedAt: NOW - 89 * DAY });
      expect(goes(WITHIN, { a: untagged, ...OTHER }, all)).toEqual([]);
    },
  ),
  shownBy(
    [
      "A pull of an index counts for its children, and a child's for the index.",
      'A policy that asks for more time than the records cover keeps everything it asks this of, and says so (`short-pull-records`).',
    ],
    'e2e/pulls.test.ts',
    'what was not pulled within the time goes, an index of which a part was pulled stays',
  ),
  row(
    'A policy that asks for pulls where there are no records at all is refused completely (64).',
    async () => {
      const folder = await tempFolder();
      const root = emptyTree(folder);
      const ecr = {
        rulePriority: 1,
        selection: {
          tagStatus: 'any',
          countType: 'sinceImagePulled',
          countUnit: 'days',
          countNumber: 9,
        },
        action: { type: 'expire' },
      };
      const policies = {
        'ecr.json': JSON.stringify({ rules: [ecr] }),
        'policy.yaml': 'version: 1\nrepositories:\n  - { match: ["**"], pulledWithin: 90d }\n',
      };
      for (const [name, text] of Object.entries(policies)) {
        writeFileSync(join(folder, name), text);
        const args = ['plan', root, '--policy', join(folder, name), '--allow-empty-tree'];
        const { code, stderr } = await regsweep(args);
        expect([code, stderr]).toEqual([64, expect.stringContaining('no pulls are recorded')]);
      }
    },
  ),
];

export const PULLS: readonly Row[] = [...RECORDED, ...RUNNING];
