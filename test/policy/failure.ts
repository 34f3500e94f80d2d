import { expect } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import { exitCodeOf, RegsweepError } from '../../src/util/errors.js';
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
