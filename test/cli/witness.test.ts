/** Who was there before a run had ended: by the kernel's clock where there is one for both. */
import { describe, expect, it } from 'vitest';
import { cachingRegistryOf } from '../../src/app/quarantine/purge/caching-registries.js';
import { bootMoment } from '../../src/runtime/boot-clock.js';

const END = Date.parse('2026-01-01T12:00:00Z');
const endedAt = new Date(END).toISOString();
const ended = { boot: 'one', uptimeMs: 5000 };

describe('a witness of a run', () => {
  it.each([
    ['started earlier in this boot, though the clock was behind', END + 9, 4000, 'one', true],
    ['started in the same tick', END + 9, 5000, 'one', true],
    ['started later in this boot, though the clock was ahead', END - 9, 5010, 'one', false],
    ['started earlier by the time of day, in another boot', END - 9, 9000, 'two', true],
    ['started later by the time of day, in another boot', END + 9, 10, 'two', false],
  ])('%s', (_, startedAtMs, uptimeMs, boot, is) => {
    const registry = { pid: 7, startedAtMs, started: { boot, uptimeMs } };
    expect(cachingRegistryOf([{ ended, endedAt }], [registry]) === registry).toBe(is);
  });

  it('is told by the time of day for runs of older versions, and is one where nothing is known', () => {
    const later = { pid: 7, startedAtMs: END + 9, started: { boot: 'one', uptimeMs: 4000 } };
    expect(cachingRegistryOf([{ endedAt }], [later])).toBeUndefined();
    expect(cachingRegistryOf([{ endedAt }], [{ ...later, startedAtMs: END - 9 }])).toBeDefined();
    expect(cachingRegistryOf([{ endedAt }, {}], [later])).toBe(later);
    expect(cachingRegistryOf([], [later])).toBeUndefined();
  });

  it('knows the moment by the kernel’s clock, which doesn’t go back', () => {
    const [first, second] = [bootMoment(), bootMoment()];
    expect(first?.boot).toMatch(/^[0-9a-f-]{36}$/);
    expect(second!.boot).toBe(first!.boot);
    expect(second!.uptimeMs).toBeGreaterThanOrEqual(first!.uptimeMs);
  });
});
