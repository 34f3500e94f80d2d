/** Every command line of README and docs, as a reader pastes it. */
import { readdirSync, readFileSync } from 'node:fs';

const read = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md'],
  ...readdirSync(new URL('../../docs', import.meta.url))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const ENGINE = /^(?:docker|podman|kubectl|systemctl) \S+ \S/;
const OTHER = /^(?:regsweep|npm ci)(?: \S+){3}/;
/** What a reader replaces: `FILE`, `[root]`, `<command>`, `…`. */
const PLACEHOLDER = /\b[A-Z]{2,}\b|[[<]|\.\.\.|…/;

/** Each once, blanks between words single, where a line goes on in the next as one line. */
export function documentedLines(): string[] {
  const lines = PAGES.map(read).flatMap((text) => [...ofBlocks(text), ...inText(text)]);
  return [...new Set(lines.map(tidied).filter((line) => line !== ''))];
}

/** Of a crontab, the command. */
const tidied = (line: string): string =>
  line
    .replace(/ +#.*$|^#.*$/, '')
    .replace(/^[\d*]+( +[\d*]+){4} +root +/, '')
    .replace(/ +/g, ' ')
    .trim();

function ofBlocks(text: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].flatMap(([, kind, code]) => {
    const lines = code!.replaceAll('\\\n', ' ').split('\n');
    if (kind === 'sh') return lines;
    return lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  });
}

/** Between backticks, where nothing has to be replaced. A command with a word more is but named. */
function inText(text: string): string[] {
  const outside = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...outside.matchAll(/`([^`]+)`/g)]
    .map(([, code]) => code!.replace(/\s+/g, ' '))
    .filter((line) => (ENGINE.test(line) || OTHER.test(line)) && !PLACEHOLDER.test(line));
}
