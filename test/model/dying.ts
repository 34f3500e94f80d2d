/** A process that dies at its N-th change, played in this one: from then on no change succeeds. */
import fs from 'node:fs';
import { vi } from 'vitest';

const CHANGES = [
  ...(['renameSync', 'mkdirSync', 'rmdirSync', 'unlinkSync', 'linkSync', 'fsyncSync'] as const),
  ...(['writeSync', 'ftruncateSync', 'fchmodSync', 'futimesSync'] as const),
];

/** Not one of the errors that the product knows how to go on after. */
class Died extends Error {
  override readonly name = 'Died';
}

/** @returns whether it died before it was done */
export async function dyingAt(change: number, work: () => Promise<unknown>): Promise<boolean> {
  let left = change;
  const spies = CHANGES.map((name) => {
    const real = fs[name] as (...args: unknown[]) => unknown;
    return vi.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
      left -= 1;
      if (left < 0) throw new Died();
      return real(...args);
    }) as never);
  });
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return left < 0;
}
