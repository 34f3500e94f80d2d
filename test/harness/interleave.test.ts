import { expect, it } from 'vitest';
import { spread } from './interleave.js';

it('mixes two lists evenly, and keeps the order of each', () => {
  expect(spread(['A', 'B'], [1, 2, 3, 4].map(String))).toEqual(['1', 'A', '2', '3', 'B', '4']);
  expect(spread(['A', 'B', 'C'], ['1'])).toEqual(['A', 'B', '1', 'C']);
  expect(spread([], ['1', '2'])).toEqual(['1', '2']);
  expect(spread(['A'], [])).toEqual(['A']);
});
