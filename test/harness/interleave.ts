/**
 * The order of test files. Files that run one at a time mostly wait for other processes, so the
 * others are spread between them instead of running before or after.
 */
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

export class Interleave extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSerial = ({ project }: TestSpecification): boolean => project.name === 'system';
    return spread(
      sorted.filter(isSerial),
      sorted.filter((file) => !isSerial(file)),
    );
  }
}

/** The items of both lists, each in its order, mixed as evenly as their numbers allow. */
export function spread<T>(some: readonly T[], others: readonly T[]): T[] {
  const placed = [...places(some), ...places(others)];
  return placed.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

const places = <T>(items: readonly T[]): { item: T; at: number }[] =>
  items.map((item, i) => ({ item, at: (i + 0.5) / items.length }));
