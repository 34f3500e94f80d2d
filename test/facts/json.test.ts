/** The parser reads what JSON.parse reads, and refuses what it refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject, parseJson, valuesOf } from '../../src/facts/manifest/json.js';
import {
  DepthError,
  type Json,
  type JsonObject,
  MAX_DEPTH,
  RepeatedValue,
} from '../../src/facts/manifest/json-value.js';

/** As JSON.parse has it: the last of several values counts. */
function plain(value: Json | RepeatedValue): unknown {
  if (value instanceof RepeatedValue) return plain(value.values.at(-1)!);
  if (isObject(value)) {
    const object: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(value)) object[key] = plain(value[key]!);
    return object;
  }
  return Array.isArray(value) ? (value as readonly Json[]).map(plain) : value;
}

const withoutPrototypes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutPrototypes(inner)]);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
};

const outcome = (read: () => unknown): unknown => {
  try {
    return { value: read() };
  } catch (error) {
    return error instanceof SyntaxError ? 'no JSON' : error;
  }
};

const lowercase = fc.string({ unit: fc.constantFrom(...'abcxyz_019 "\\/') });
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value));

describe('against JSON.parse', () => {
  it('every value', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, false),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string({ unit: 'binary' }),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(lowercase, tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, '\t', '\r\n '), (any, indent) => {
        const text = JSON.stringify(any, null, indent);
        expect(plain(parseJson(text))).toEqual(withoutPrototypes(JSON.parse(text)));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('text that was cut, or has a character too many', () => {
    fc.assert(
      fc.property(
        json,
        fc.nat(),
        fc.string({ unit: 'binary', maxLength: 2 }),
        (text, at, extra) => {
          const i = at % (text.length + 1);
          for (const broken of [text.slice(0, i), text.slice(0, i) + extra + text.slice(i)]) {
            const mine = outcome(() => plain(parseJson(broken.toLowerCase())));
            const theirs = outcome(() => withoutPrototypes(JSON.parse(broken.toLowerCase())));
            expect([broken, mine]).toEqual([broken, theirs]);
          }
        },
      ),
      { seed: 2, numRuns: 1000 },
    );
  });
});

describe('as Go folds keys', () => {
  it.each([
    ['layers', 'LAYERS'],
    ['layers', 'layer\u017f'],
    ['keep', '\u212aeep'],
  ])('%s is %s', (key, written) => {
    expect(valuesOf(parseJson(`{"${written}":1}`) as JsonObject, key)).toEqual([1]);
  });

  it.each([
    ['{"a":1,"A":2,"b":3}', [1, 2]],
    ['{"a":1,"a":2,"a":3}', [1, 2, 3]],
    ['{"a" :1,"b":{"a":"x"},"a"\t:2}', [1, 2]],
    ['{"\\u0061":1,"a":2}', [1, 2]],
    ['{"a":null,"a":"\u00e9"}', [null, 'é']],
  ])('a key that comes several times keeps all its values: %s', (text, values) => {
    expect(valuesOf(parseJson(text) as JsonObject, 'a')).toEqual(values);
  });

  it('a key that comes twice far inside is not lost either', () => {
    const text = '{"x":[{"y":{"":1,"digest":"one","z":[],"digest":"two"}}]}';
    const { x } = parseJson(text) as { x: readonly [{ y: JsonObject }] };
    expect(valuesOf(x[0].y, 'digest')).toEqual(['one', 'two']);
  });
});

it('depth ends at a bound, not with the stack', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(() => parseJson(nested(MAX_DEPTH))).not.toThrow();
  for (const depth of [MAX_DEPTH + 2, 1_000_000]) {
    expect(() => parseJson(nested(depth))).toThrow(DepthError);
    expect(() => parseJson('{"a":'.repeat(depth))).toThrow(DepthError);
  }
});
