import { describe, expect, it } from 'vitest';
import { formatDuration, requireDuration } from '../../src/util/duration.js';
import { RegsweepError } from '../../src/util/errors.js';
import { parseCount, parsePercent } from '../../src/util/units.js';

const refusal = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof RegsweepError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
};

describe('durations', () => {
  it('are seconds', () => {
    const texts = ['200ms', '5s', '30m', '24h', '7d', '2w', '1.5h', '0s', ' 3d '];
    expect(texts.map((text) => requireDuration(text, '--min-age'))).toEqual([
      0.2, 5, 1800, 86_400, 604_800, 1_209_600, 5400, 0, 259_200,
    ]);
  });

  it.each(['', '24', 'h', '-1h', '1y', '1h30m', '1e3s', 'NaNs', '١h'])('are not %j', (text) => {
    expect(refusal(() => requireDuration(text, 'REGSWEEP_MIN_AGE'))).toBe(
      `usage: REGSWEEP_MIN_AGE: invalid duration "${text}"`,
    );
  });

  it('are shown in their largest fitting unit', () => {
    expect([0.2, 5, 119, 600, 86_400, 604_800].map(formatDuration)).toEqual([
      '200 ms',
      '5 s',
      '119 s',
      '10 min',
      '24 h',
      '7 d',
    ]);
  });
});

describe('shares', () => {
  it('are read from percentages', () => {
    expect(['0%', '90%', '12.5%', '100%'].map((text) => parsePercent(text, 'x'))).toEqual([
      0, 0.9, 0.125, 1,
    ]);
  });

  it.each(['90', '101%', '-1%', '%', 'all'])('are not %j', (text) => {
    expect(refusal(() => parsePercent(text, '--max-delete'))).toBe(
      `usage: --max-delete: invalid percentage "${text}"`,
    );
  });
});

it.each(['0', '-1', '1.5', 'many', '', '10000000'])('a count is not %j', (text) => {
  expect(refusal(() => parseCount(text, '--concurrency'))).toContain('invalid number');
});
