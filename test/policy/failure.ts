import { expect } from 'vitest';
import { exitCodeOf, RegsweepError } from '../../src/errors.js';
import { parsePolicy } from '../../src/policy/parse.js';
import { noFiles } from './helpers.js';

/** The problems that a policy is refused with, one a line; fails if it is accepted. */
export function failure(text: string, file = 'p.json', load = noFiles): string[] {
  try {
    parsePolicy(text, file, load);
  } catch (error) {
    expect(error).toBeInstanceOf(RegsweepError);
    expect(exitCodeOf(error)).toBe(64);
    expect((error as RegsweepError).remedy).toBeDefined();
    return (error as Error).message.split('\n');
  }
  throw new Error('it was accepted');
}
