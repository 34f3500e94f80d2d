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
  'would go for good',
  'begins so',
  'begin so',
  'what follows @',
  'is no digest, ',
  'is no kind of item',
  'holds other things',
  'are on record',
  'goes with --',
  'does not go with',
  'of the plan, stale',
  'left alone',
  'what becomes of them',
  'alone it held',
  'is gone or changed',
  'nothing of this can go',
  'tells what holds',
  'what nobody continued',
  'by its own word',
  'had been cut',
  'gone for good',
  'Where the disk goes',
  'no more than that',
  'is let by',
  'be settled by',
  'waited out',
];

/** As column headings and labels only: within a sentence they may be right. */
const RETIRED_LABELS = ['its own', 'young', 'whole'];

/** Replaced in the pages of docs/ and in the comments of src: riddles, and old terms. */
const RETIRED_WORDS = new RegExp(
  [
    String.raw`\b(?:young(?! generation)(?:er|est)?|vouch\w*|witness\w*|living|alive|midst)\b`,
    String.raw`\b(?:way out|for want of|what goes|what stays|what lives|goes as|goes whole)\b`,
    String.raw`\b(?:holds? (?:the|this|a) tree|on its own word|cut short|told of|tells? of|asked of)\b`,
    String.raw`\b(?:no more than that|whatever becomes of|stands in for|is let by|said to be)\b`,
  ].join('|'),
  'gi',
);

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

/** The comments of a source file, each as one line. */
const commentsOf = (file: string): string[] =>
  [...read(file).matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm)].map(([text]) =>
    text
      .replace(/\n\s*\*/g, ' ')
      .replace(/`[^`]*`/g, '')
      .replace(/\s+/g, ' '),
  );

/** A page without its code, in which a field may still be called `young`. */
const proseOf = (file: string): string =>
  read(file)
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\s+/g, ' ');

const wordsIn = (file: string, texts: readonly string[]): string[] =>
  texts.flatMap((text) =>
    [...text.matchAll(RETIRED_WORDS)].map(
      ({ 0: word, index }) =>
        `${file}: ${word}: ${text.slice(Math.max(0, index - 40), index + 40)}`,
    ),
  );

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

/** `youngest` is what policies go by, and V8 has a young generation. */
const OWN_WORDS = ['docs/policy.md', 'docs/performance.md'];

it.each(
  ['README.md', 'SECURITY.md', ...below('docs/').filter((name) => name.endsWith('.md'))].filter(
    (name) => !OWN_WORDS.includes(name),
  ),
)('nor old terms in %s', (name) => {
  expect(wordsIn(name, [proseOf(name)])).toEqual([]);
});

it('nor old terms in comments', () => {
  const files = [...below('src/'), ...below('packaging/')].filter((name) => /\.tsx?$/.test(name));
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => wordsIn(file, commentsOf(file)))).toEqual([]);
});
