/** A statement of docs/policy.md, and what shows that it is true. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DecideOptions, ImageView, Policy } from '../../../src/policy/index.js';
import { expiring } from '../helpers.js';

export type Check = () => void | Promise<void>;

export interface Row {
  /** As the page has it. Several are shown by one check. */
  readonly says: string | readonly string[];
  /** `undefined`: it introduces what follows, and states nothing. */
  readonly check: Check | undefined;
}

export const row = (says: Row['says'], check: Check): Row => ({ says, check });

export const introduces = (...says: string[]): Row => ({ says, check: undefined });

/** A test elsewhere shows it, on a tree or with a registry: it must still be there. */
export const shownBy = (says: Row['says'], file: string, title: string): Row =>
  row(says, () => {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect([file, title, source.includes(title)]).toEqual([file, title, true]);
  });

/** Which images expire; their names are their first tags, or stand before. */
export function goes(
  policy: Policy,
  images: Readonly<Record<string, ImageView>>,
  options: DecideOptions = {},
): string[] {
  const names = Object.keys(images);
  return expiring(policy, Object.values(images), names, options);
}
