/** Phrases that were replaced by plain words do not come back where people read them. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const RETIRED = [
  'young, kept for now',
  'younger than --min-age',
  'is no duration',
  '`not known: ',
  'nothing was named',
  'is no whole digest',
  'each is what its digest says',
  'each fits the one before',
  'newest trace of it',
  'carry it out with',
  'waits for a new mark',
  'Move this to quarantine?',
  'no space is free yet',
  'the registry stopped or read-only',
  'still stands in the catalog',
  'the facts do not allow',
  'as far as it still holds',
  'One look is no growth',
  'it asks for nothing',
  'What remains is',
  'in the tree lead there',
  'need it to come back',
  'the plan holds',
  'had been cut short',
  'is neither in the tree nor in quarantine',
  'remembers blobs',
  'linked in no repository',
  'Nothing is to go',
  'kept whole',
  'nobody holds this tree',
  'holds this tree',
  'The way out',
  'where the disk goes, and what',
  'as it should be',
  'what is younger stays',
  'no tag reaches',
  'at most so many rows',
  'while the CPU idles',
];

/** As column headings and labels only: within a sentence they may be right. */
const RETIRED_LABELS = ['its own', 'young', 'whole'];

const root = new URL('../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const below = (folder: string): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map(
    (name) => `${folder}${name}`,
  );

/** A source file without its comments, which are for developers. */
const codeOf = (file: string): string =>
  read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(?:^|\s)\/\/ .*$/gm, '');

const found = (text: string): string[] =>
  RETIRED.filter((phrase) => text.replace(/\s+/g, ' ').includes(phrase));

it('in what src prints', () => {
  const files = below('src/').filter((name) => /\.tsx?$/.test(name));
  const hits = files.flatMap((file) => found(codeOf(file)).map((phrase) => `${file}: ${phrase}`));
  expect(files.length).toBeGreaterThan(100);
  expect(hits).toEqual([]);
});

it('as a column or a label in the text of the reports', () => {
  const files = below('src/report/text/').filter((name) => name.endsWith('.ts'));
  const label = new RegExp(`['"\`](?:${RETIRED_LABELS.join('|')})['"\`]`, 'g');
  const hits = files.flatMap((file) =>
    [...codeOf(file).matchAll(label)].map(([text]) => `${file}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(5);
  expect(hits).toEqual([]);
});

it.each(['README.md', ...below('docs/').filter((name) => /\.(?:md|1)$/.test(name))])(
  'in %s',
  (name) => {
    expect(found(read(name))).toEqual([]);
  },
);
