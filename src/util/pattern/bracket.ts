/** `[abc]`, `[a-z]`, `[!x]`, `[^x]`, `[[:digit:]]`, as bash reads them in the C locale. */
import { usageError } from '../errors.js';

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  digit: /^[0-9]$/,
  lower: /^[a-z]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  upper: /^[A-Z]$/,
  word: /^\w$/,
  xdigit: /^[0-9A-Fa-f]$/,
};

type Item = (char: string) => boolean;

export interface Bracket {
  readonly has: (char: string) => boolean;
  /** Index after the closing bracket. */
  readonly end: number;
}

/**
 * @param start index of `[`
 * @param onEscape called for each backslash, with the character after it
 * @throws RegsweepError `usage`
 */
export function readBracket(
  chars: readonly string[],
  start: number,
  onEscape: (next: string | undefined) => void,
): Bracket {
  const text = chars.join('');
  const isNot = chars[start + 1] === '!' || chars[start + 1] === '^';
  const items: Item[] = [];
  let i = start + (isNot ? 2 : 1);
  for (let isFirst = true; ; isFirst = false) {
    const char = chars[i];
    if (char === undefined) {
      throw usageError(`"${text}": "[" is not closed`, 'close it with "]", or write "\\["');
    }
    if (char === ']' && !isFirst) break;
    if (char === '/')
      throw usageError(`"${text}": "/" inside [ ]`, 'write a separate [ ] for each part');
    if (char === '[' && '.:='.includes(chars[i + 1] ?? ' ')) {
      const { item, end } = readClass(chars, i, text);
      items.push(item);
      i = end;
      continue;
    }
    const first = readChar(chars, i, onEscape);
    if (chars[first.end] !== '-' || (chars[first.end + 1] ?? ']') === ']') {
      items.push((one) => one === first.char);
      i = first.end;
      continue;
    }
    const last = readChar(chars, first.end + 1, onEscape);
    items.push(range(first.char, last.char, text));
    i = last.end;
  }
  const has = (char: string): boolean => items.some((item) => item(char)) !== isNot;
  return { has, end: i + 1 };
}

function readChar(
  chars: readonly string[],
  i: number,
  onEscape: (next: string | undefined) => void,
): { char: string; end: number } {
  if (chars[i] !== '\\') return { char: chars[i]!, end: i + 1 };
  onEscape(chars[i + 1]);
  return { char: chars[i + 1]!, end: i + 2 };
}

function range(first: string, last: string, text: string): Item {
  const [from, to] = [first.codePointAt(0)!, last.codePointAt(0)!];
  if (from > to) {
    throw usageError(
      `"${text}": the range [${first}-${last}] is empty`,
      `write [${last}-${first}]`,
    );
  }
  return (char) => char.codePointAt(0)! >= from && char.codePointAt(0)! <= to;
}

function readClass(
  chars: readonly string[],
  start: number,
  text: string,
): { item: Item; end: number } {
  const sign = chars[start + 1]!;
  const close = chars.findIndex(
    (char, i) => i > start + 1 && char === sign && chars[i + 1] === ']',
  );
  const name = close < 0 ? '' : chars.slice(start + 2, close).join('');
  const known = sign === ':' && Object.hasOwn(CLASSES, name) ? CLASSES[name]! : undefined;
  if (known === undefined) {
    throw usageError(
      `"${text}": unknown character class "[${sign}${name}"`,
      `known classes: ${Object.keys(CLASSES)
        .map((one) => `[:${one}:]`)
        .join(' ')}`,
    );
  }
  return { item: (char) => known.test(char), end: close + 2 };
}
