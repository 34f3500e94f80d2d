/** Detects leftovers of a policy copied from a web page or a word processor. */

/** @returns offset and description of the first leftover, or undefined */
export function pastedFault(text: string): { offset: number; message: string } | undefined {
  return lineNumbers(text) ?? curlyQuotes(text);
}

const NUMBERED = /^\s*(\d+)(?:[\s:|.)]|$)/;

function lineNumbers(text: string): { offset: number; message: string } | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const numbers = lines.map((line) => Number(NUMBERED.exec(line)?.[1] ?? Number.NaN));
  if (lines.length < 3 || !numbers.every((one, i) => one === numbers[0]! + i)) return undefined;
  const message = 'each line starts with a line number: remove the line numbers';
  return { offset: 0, message };
}

/** Finds a typographic quotation mark at the start of a value or key. */
function curlyQuotes(text: string): { offset: number; message: string } | undefined {
  const found = /(?:^|[\s{[,:])([“”„‟‘’‚«»])/.exec(
    text.replace(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*/g, blank),
  );
  if (found === null) return undefined;
  const message = `${found[1]} is a typographic quotation mark: write " instead`;
  return { offset: found.index + found[0].length - 1, message };
}

const blank = (text: string): string => ' '.repeat(text.length);
