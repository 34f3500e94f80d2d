/**
 * JSON as Go's decoder reads it: keys are case-insensitive, and a key may occur twice. Objects keep
 * their keys as written, with the values of a duplicate key as `RepeatedValue`.
 */

import { Parser } from './json-parser.js';
import { type Json, type JsonObject, MAX_DEPTH, RepeatedValue } from './json-value.js';

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Simple case folding as in Go's encoding/json: `ſ` equals s, and the Kelvin sign equals k. */
function fold(key: string): string {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code >= 0x80 || (code >= 65 && code <= 90))
      return key.replace(/[A-Z\u017f\u212a]/g, folded);
  }
  return key;
}

function folded(letter: string): string {
  if (letter === '\u017f') return 's';
  return letter === '\u212a' ? 'k' : letter.toLowerCase();
}

/** Visits every value of an object, with its case-folded key. */
export function eachField(object: JsonObject, visit: (key: string, value: Json) => void): void {
  for (const key in object) {
    const name = fold(key);
    const value = object[key]!;
    if (value instanceof RepeatedValue) for (const one of value.values) visit(name, one);
    else visit(name, value);
  }
}

/**
 * @param wanted a case-folded key
 * @returns every value under that key, in order
 */
export function valuesOf(object: JsonObject, wanted: string): Json[] {
  const values: Json[] = [];
  eachField(object, (key, value) => {
    if (key === wanted) values.push(value);
  });
  return values;
}

/**
 * @throws SyntaxError if the text is not JSON
 * @throws DepthError if it nests deeper than MAX_DEPTH
 */
export function parseJson(text: string): Json {
  return parseFast(text) ?? new Parser(text).parse();
}

/**
 * Parses with `JSON.parse` if that loses no duplicate key. Without a backslash in the text, each
 * string has exactly two quotes. So no key is lost if the result has half as many strings as the
 * text has quotes.
 * @returns undefined if a key was lost, or if that can't be decided
 */
function parseFast(text: string): Json | undefined {
  let quotes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) quotes += 1;
    else if (code === 0x5c) return undefined;
  }
  try {
    const json = JSON.parse(text) as Json;
    return countStrings(json, 0) * 2 === quotes ? json : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the number of keys and string values; NaN if it nests deeper than MAX_DEPTH */
function countStrings(value: Json, depth: number): number {
  if (typeof value === 'string') return 1;
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > MAX_DEPTH) return Number.NaN;
  let count = 0;
  if (Array.isArray(value)) {
    for (const one of value as readonly Json[]) count += countStrings(one, depth + 1);
    return count;
  }
  const object = value as { readonly [key: string]: Json };
  for (const key in object) count += 1 + countStrings(object[key]!, depth + 1);
  return count;
}
