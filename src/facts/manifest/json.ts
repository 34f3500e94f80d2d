/**
 * JSON as Go's decoder reads it: keys fold case, and a key may come twice. Objects keep their keys
 * as they were written, and `Several` values where one came more than once.
 */

import { Parser } from './json-parser.js';
import { type Json, type JsonObject, MAX_DEPTH, Several } from './json-value.js';

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Go's simple folding: `ſ` is an s and the Kelvin sign a k. No ligature is two letters. */
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

/** Every value of an object, with its folded key. */
export function eachField(object: JsonObject, visit: (key: string, value: Json) => void): void {
  for (const key in object) {
    const name = fold(key);
    const value = object[key]!;
    if (value instanceof Several) for (const one of value.values) visit(name, one);
    else visit(name, value);
  }
}

/** Every value under a folded key, in order. */
export function valuesOf(object: JsonObject, wanted: string): Json[] {
  const values: Json[] = [];
  eachField(object, (key, value) => {
    if (key === wanted) values.push(value);
  });
  return values;
}

/**
 * @throws SyntaxError where it is no JSON
 * @throws DepthError where it nests deeper than MAX_DEPTH
 */
export function parseJson(text: string): Json {
  return parseFast(text) ?? new Parser(text).whole();
}

/**
 * By `JSON.parse`, where that can be shown to have lost nothing: without a backslash each string
 * has two quotes, so with half as many strings in the result as there are quotes in the text no
 * key came twice.
 * @returns undefined where that isn't so, or can't be told
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

/** Keys and values; NaN below MAX_DEPTH. */
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
