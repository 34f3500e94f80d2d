import { defineConfig } from 'vitest/config';

/** Of e2e and guard, the files that start no registry and no engine, and mount nothing. */
const QUIET = {
  e2e: 'damage|library|read|sweep-fixed|trash-elsewhere',
  guard: 'collectors|decide|engines|executables|fstab|pace|parsers',
};

/**
 * Tests that start registries, mount and make namespaces: one file at a time and after the
 * others, since a mount of the whole host in one test is a holder of every other test's tree.
 */
const SYSTEM = [
  'test/packaging/executable.test.ts',
  `test/e2e/!(${QUIET.e2e}).test.ts`,
  'test/e2e/*/**/*.test.ts',
  `test/guard/!(${QUIET.guard}).test.ts`,
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
          // The built command line in a test's process is Node's to load, not Vite's.
          server: { deps: { external: [/\/dist\/start\//] } },
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
