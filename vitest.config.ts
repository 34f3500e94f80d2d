import { defineConfig } from 'vitest/config';

/**
 * Tests that start registries, mount and make namespaces: one file at a time and after the
 * others, since a mount of the whole host in one test is a holder of every other test's tree.
 */
const SYSTEM = [
  'test/packaging/executable.test.ts',
  'test/e2e/**/*.test.ts',
  'test/guard/**/*.test.ts',
];

const common = {
  globalSetup: ['test/harness/build.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    reporters: ['default', './test/harness/reporter.ts'],
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: SYSTEM,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'system',
          include: SYSTEM,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
