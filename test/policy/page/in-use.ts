/** "Images in use". */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as images from '../../harness/images.js';
import { regsweep } from '../../harness/in-process.js';
import { TreeBuilder } from '../../harness/offline.js';
import { Random } from '../../harness/random.js';
import { tempFolder } from '../../harness/temp.js';
import { introduces, type Row, row, shownBy } from './row.js';

const DAY = 86_400_000;

interface Planned {
  readonly code: number;
  /** Tags that would go. */
  readonly tags: string[];
  readonly told: string;
}

/** `app` and `team/web` have the tags v1 to v3, and --keep-last keeps the last of each. */
async function planned(list: (digest: string) => string): Promise<Planned> {
  const folder = await tempFolder();
  const random = new Random('in use');
  const tree = new TreeBuilder(join(folder, 'root'));
  let first = '';
  for (const repository of ['app', 'team/web']) {
    for (const i of [1, 2, 3]) {
      const image = images.ociImage(random);
      tree.at(Date.now() - (9 - i) * DAY).push(repository, image, `v${i}`);
      if (repository === 'app' && i === 1) first = image.manifest.digest;
    }
  }
  const keep = join(folder, 'keep');
  writeFileSync(keep, list(first));
  const flags = ['--keep-last', '1', '--min-age', '0s', '--age-by', 'mtime', '--format', 'json'];
  const { code, json, stderr } = await regsweep([
    ...['plan', tree.root, '--keep-digests', keep, '--max-delete', '100%', ...flags],
  ]);
  const { actions = [] } = (json ?? {}) as {
    actions?: { kind: string; repository: string; tag: string }[];
  };
  const tags = actions
    .filter(({ kind }) => kind === 'tag')
    .map(({ repository, tag }) => `${repository}:${tag}`);
  return { code, tags: tags.sort(), told: stderr + JSON.stringify(json) };
}

const ALL = ['app:v1', 'app:v2', 'team/web:v1', 'team/web:v2'];
const but = (...kept: string[]): string[] => ALL.filter((tag) => !kept.includes(tag));

export const RUNNING: readonly Row[] = [
  row(
    [
      '`--keep-digests FILE` (`-`: standard input) names images that are in use somewhere.',
      'They stay.',
    ],
    async () => {
      expect((await planned((digest) => digest)).tags).toEqual(but('app:v1'));
    },
  ),
  introduces('FILE may hold:'),
  row('digests, complete or shortened, also image IDs;', async () => {
    expect((await planned((digest) => digest.slice(0, 20))).tags).toEqual(but('app:v1'));
    expect((await planned((digest) => digest.slice(7, 20))).tags).toEqual(but('app:v1'));
  }),
  row(
    '`repo:tag`, `host/repo:tag@digest`, lines with `docker://` or `docker-pullable://`;',
    async () => {
      const text = (digest: string): string =>
        `app:v2\ndocker-pullable://reg.example.com/app@${digest}\ndocker://localhost/team/web:v1\n`;
      expect((await planned(text)).tags).toEqual(['team/web:v2']);
    },
  ),
  shownBy(
    'the output of these commands as it is:',
    'cli/keep-digests.test.ts',
    "describe('what programs print'",
  ),
  row(
    'A host before the name (with a dot or a port, or `localhost`) is dropped if the tree has no repository of the complete name.',
    async () => {
      const { tags } = await planned(() => 'reg.example.com:5000/team/web:v1\nteam/web:v2\n');
      expect(tags).toEqual(but('team/web:v1', 'team/web:v2'));
    },
  ),
  row('A name without a tag keeps all tags of that repository.', async () => {
    expect((await planned(() => 'team/web')).tags).toEqual(but('team/web:v1', 'team/web:v2'));
  }),
  row('A name that is not in this tree is told and ignored.', async () => {
    const { code, tags, told } = await planned(() => 'app:v1\nelsewhere/db:9\n');
    expect([code, tags]).toEqual([0, but('app:v1')]);
    expect(told).toContain('elsewhere/db:9');
  }),
  row(
    [
      "What can't be understood is an error (64), since it was meant to stay.",
      'So is an empty list, and JSON that was cut short.',
    ],
    async () => {
      for (const text of ['error: connection refused!', '', '{"kind":"List","items":[{"spec"']) {
        expect((await planned(() => text)).code).toBe(64);
      }
    },
  ),
  shownBy(
    '`rm` obeys it too: an image that was named itself and is in use is an error; of a pattern it is left out.',
    'e2e/rm.test.ts',
    '--keep-digests',
  ),
];
