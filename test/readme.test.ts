/** README.zh-CN.md says what README.md says: the same commands, links, rows and rules. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/args/command-table.js';
import { parseCommandLine } from '../src/cli/args/parse.js';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

function skeleton(text: string) {
  const blocks = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, kind, code]) =>
    kind === 'sh' ? code!.replace(/ +#.*$/gm, '') : code,
  );
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);
  return {
    blocks,
    links: links.filter((target) => !target.startsWith('README')).sort(),
    headings: text.match(/^#+ /gm),
    rows: [...text.matchAll(/^\| (`.*?`) \|/gm)].map(([, cell]) => cell),
    rules: text.match(/^\d+\. /gm),
    options: [...new Set(text.match(/`--[a-z-]+/g))].sort(),
  };
}

it('is the same in both languages', () => {
  expect(skeleton(read('README.zh-CN.md'))).toEqual(skeleton(read('README.md')));
});

it('leads only to files that are there', () => {
  const { links } = skeleton(read('README.md'));
  const missing = links.filter(
    (target) => !target.startsWith('http') && !existsSync(new URL(`../${target}`, import.meta.url)),
  );
  expect(missing).toEqual([]);
});

it('is short, and it and the index of docs/ lead to every page there', () => {
  const text = read('README.md');
  expect(text.split('\n').length).toBeLessThan(200);
  const pages = readdirSync(new URL('../docs', import.meta.url)).filter((name) =>
    name.endsWith('.md'),
  );
  const { links } = skeleton(text);
  expect(pages.filter((page) => !links.includes(`docs/${page}`))).toEqual([]);
  const index = skeleton(read('docs/README.md')).links;
  expect(pages.filter((page) => page !== 'README.md' && !index.includes(page))).toEqual([]);
});

it('has in Chinese the words that people search for', () => {
  const text = read('README.zh-CN.md');
  const words = ['悬空镜像', '软删除', '回收站', '405', 'layer already exists', '重启仓库'];
  expect(words.filter((word) => !text.includes(word))).toEqual([]);
});

it('has a row for every command', () => {
  const rows = skeleton(read('README.md')).rows.join('\n').replaceAll('\\|', '|');
  const missing = COMMANDS.map(({ name }) => name.split(' ')).filter(([word, sub]) => {
    const row = rows
      .split('\n')
      .filter((cell) => cell.startsWith(`\`${word} `) || cell === `\`${word}\``);
    return !row.some((cell) => sub === undefined || cell.includes(sub));
  });
  expect(missing).toEqual([]);
});

/** Words as a shell splits them, as far as our own examples go. */
function words(line: string): string[] {
  const found = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  return found.map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
}

/** Every `regsweep …` of a text: in code blocks, and between backticks; a mere name is none. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].flatMap(([, code]) =>
    code!.replaceAll('\\\n', ' ').split('\n'),
  );
  const inline = [...text.matchAll(/`(regsweep [^`]+)`/g)].map(([, code]) => code!);
  return [...blocks, ...inline]
    .map((line) => /(?:^|\$ |root {2})(regsweep [a-z][^#|>…]*)/.exec(line)?.[1]?.trim())
    .filter((line) => line !== undefined)
    .filter((line) => !/^regsweep (?:completion\b.*|[a-z]+)$/.test(line));
}

it.each([
  'README.md',
  ...readdirSync(new URL('../docs', import.meta.url))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
])('%s shows only command lines that are understood', async (name) => {
  const lines = commandLines(read(name));
  const refused: string[] = [];
  for (const line of lines) {
    const [, ...args] = words(line);
    await parseCommandLine(args).catch((error: Error) => {
      refused.push(`${line}: ${error.message}`);
    });
  }
  expect(refused).toEqual([]);
  if (name === 'README.md') expect(lines.length).toBeGreaterThan(4);
});

it('names only files that are there in the description of the architecture', () => {
  const named = read('docs/architecture.md').matchAll(/`([a-z-]+\/[a-z/-]*(?:\.ts)?)`/g);
  const paths = [...named].map(([, path]) => path!).filter((path) => path !== 'current/link');
  const missing = paths.filter((path) => {
    const candidates = [`../src/${path}`, `../${path}`];
    return !candidates.some((one) => existsSync(new URL(one, import.meta.url)));
  });
  expect(paths.length).toBeGreaterThan(50);
  expect(missing).toEqual([]);
});
