import { describe, expect, it } from 'vitest';
import { jsonChunks, ndjsonChunks } from '../../src/report/formats/json.js';

function* million(): Generator<{ n: number }> {
  for (let n = 0; n < 1_000_000; n++) yield { n };
}

describe('JSON', () => {
  it('is written field by field, with a line for each item of a list', () => {
    const document = {
      a: 1,
      skipped: undefined,
      b: { c: ['x'] },
      list: [{ n: 1 }, 'é\n'],
      none: [],
    };
    const text = [...jsonChunks(document)].join('');
    expect(text).toBe(
      '{\n  "a": 1,\n  "b": {\n    "c": [\n      "x"\n    ]\n  },\n  "list": [\n    {"n":1},\n    "é\\n"\n  ],\n  "none": []\n}\n',
    );
    expect(JSON.parse(text)).toEqual({ a: 1, b: { c: ['x'] }, list: [{ n: 1 }, 'é\n'], none: [] });
  });

  it('comes in chunks, however long a list is', () => {
    let largest = 0;
    let total = 0;
    for (const chunk of jsonChunks({ list: { [Symbol.iterator]: million } })) {
      largest = Math.max(largest, chunk.length);
      total += chunk.length;
    }
    expect(largest).toBeLessThan(1 << 17);
    expect(total).toBeGreaterThan(10_000_000);
  });

  it('has an NDJSON form: a summary, then a line for each item with its type', () => {
    const document = { root: '/r', repositories: [{ name: 'a' }], notes: ['mind'], garbage: [] };
    const lines = [...ndjsonChunks(document)].join('').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { type: 'summary', root: '/r' },
      { type: 'repository', name: 'a' },
      { type: 'note', value: 'mind' },
    ]);
  });
});
