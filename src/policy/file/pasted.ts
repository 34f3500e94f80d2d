/** What comes along when a policy is copied from a page: told as what it is. */

/** @returns place and problem, for the first that is found */
export function pastedFault(text: string): { offset: number; message: string } | undefined {
  return lineNumbers(text) ?? curlyQuotes(text);
}

const NUMBERED = /^\s*(\d+)(?:[\s:|.)]|$)/;

function lineNumbers(text: string): { offset: number; message: string } | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const numbers = lines.map((line) => Number(NUMBERED.exec(line)?.[1] ?? Number.NaN));
  if (lines.length < 3 || !numbers.every((one, i) => one === numbers[0]! + i)) return undefined;
  const message = 'each line begins with its number, as a page shows it: remove the line numbers';
  return { offset: 0, message };
}

/** Where a text or key begins with one, it was to be its quotation mark. */
function curlyQuotes(text: string): { offset: number; message: string } | undefined {
  const found = /(?:^|[\s{[,:])([“”„‟‘’‚«»])/.exec(
    text.replace(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*/g, blank),
  );
  if (found === null) return undefined;
  const message = `${found[1]} is a typographic quotation mark, as a word processor makes it: write " instead`;
  return { offset: found.index + found[0].length - 1, message };
}

const blank = (text: string): string => ' '.repeat(text.length);
