/** Brace expansion as in bash, before the rest of a glob is parsed: `{a,b}`, `{1..9}`. */
import { usageError } from '../errors.js';

const MAX_PATTERNS = 1000;

/**
 * Expands braces. Braces without a comma or sequence stay as they are.
 * @throws RegsweepError `usage` if the result has more than 1000 patterns
 */
export function expandBraces(text: string): string[] {
  const group = firstGroup(text);
  if (group === undefined) return [text];
  const { start, end, parts } = group;
  const head = text.slice(0, start);
  const tails = expandBraces(text.slice(end));
  const middles = parts.flatMap(expandBraces);
  if (middles.length * tails.length > MAX_PATTERNS) {
    throw usageError(`"${text.slice(0, 40)}" expands to more than ${MAX_PATTERNS} patterns`);
  }
  return middles.flatMap((middle) => tails.map((tail) => head + middle + tail));
}

interface Group {
  readonly start: number;
  /** Index after the closing brace. */
  readonly end: number;
  readonly parts: readonly string[];
}

function firstGroup(text: string): Group | undefined {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '{') {
      const group = groupAt(text, i);
      if (group !== undefined) return group;
    }
  }
  return undefined;
}

function groupAt(text: string, start: number): Group | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i += 1;
    else if (char === '{') depth += 1;
    else if (char === ',' && depth === 1) commas.push(i);
    else if (char === '}') {
      depth -= 1;
      if (depth > 0) continue;
      const parts = commas.length > 0 ? cut(text, start, commas, i) : sequence(text, start, i);
      return parts === undefined ? undefined : { start, end: i + 1, parts };
    }
  }
  return undefined;
}

function cut(text: string, start: number, commas: readonly number[], end: number): string[] {
  const bounds = [start, ...commas, end];
  return bounds.slice(1).map((bound, i) => text.slice(bounds[i]! + 1, bound));
}

const NUMBERS = /^(-?\d{1,9})\.\.(-?\d{1,9})(?:\.\.(-?\d{1,9}))?$/;
const LETTERS = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d{1,9}))?$/;

function sequence(text: string, start: number, end: number): string[] | undefined {
  const inner = text.slice(start + 1, end);
  const numbers = NUMBERS.exec(inner);
  if (numbers !== null) {
    const [, from = '', to = '', step] = numbers;
    const width = [from, to].some((one) => /^-?0\d/.test(one))
      ? Math.max(from.length, to.length)
      : 0;
    return steps(Number(from), Number(to), step).map((value) => padded(value, width));
  }
  const [, from, to, step] = LETTERS.exec(inner) ?? [];
  if (from === undefined || to === undefined) return undefined;
  return steps(from.charCodeAt(0), to.charCodeAt(0), step).map((code) => String.fromCharCode(code));
}

function steps(from: number, to: number, step: string | undefined): number[] {
  const by = Math.max(1, Math.abs(Number(step ?? 1)));
  const count = Math.floor(Math.abs(to - from) / by) + 1;
  if (count > MAX_PATTERNS)
    throw usageError(`{${from}..${to}} expands to more than ${MAX_PATTERNS} patterns`);
  return Array.from({ length: count }, (_, i) => from + (to < from ? -i : i) * by);
}

function padded(value: number, width: number): string {
  const digits = String(Math.abs(value));
  return value < 0 ? `-${digits.padStart(width - 1, '0')}` : digits.padStart(width, '0');
}
