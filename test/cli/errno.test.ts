/** System errors that Node has no name for are known by their number, and told in words. */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { moveErrorReason } from '../../src/sweep/items/move.js';
import { errnoOf, isNoSpace, messageOf, RegsweepError } from '../../src/util/errors.js';

/** As Node throws it. */
const thrown = (errno: number, code: string): Error =>
  Object.assign(new Error(`${code}: unknown error, write`), { errno, code, syscall: 'write' });

it.each([
  [-122, 'EDQUOT', 'EDQUOT: disk quota exceeded, write'],
  [-116, 'ESTALE', 'ESTALE: stale file handle, write'],
  [-117, 'EUCLEAN', 'EUCLEAN: structure needs cleaning: the filesystem is damaged, write'],
  [-121, 'EREMOTEIO', 'EREMOTEIO: remote I/O error, write'],
])('%i is %s', (errno, name, message) => {
  for (const code of ['UNKNOWN', `Unknown system error ${errno}`]) {
    expect(errnoOf(thrown(errno, code))).toBe(name);
    expect(messageOf(thrown(errno, code))).toBe(message);
    expect(moveErrorReason(thrown(errno, code))).toBe(`${name}: ${message}`);
  }
});

it('a full disk is one where a quota is at its limit, too, and whoever tells it', () => {
  const quota = thrown(-122, 'UNKNOWN');
  const told = new RegsweepError('failed', 'the journal can’t be written', { cause: quota });
  for (const error of [quota, told]) expect(isNoSpace(error)).toBe(true);
  expect(isNoSpace(thrown(-5, 'EIO'))).toBe(false);
});

it('those that Node knows stay as they are', () => {
  const error = (() => {
    try {
      return fs.readFileSync('/nonexistent/file');
    } catch (caught) {
      return caught;
    }
  })();
  expect(errnoOf(error)).toBe('ENOENT');
  expect(messageOf(error)).toBe((error as Error).message);
});
