import { defineConfig } from 'vitest/config';
import { Interleave } from './test/harness/interleave.js';

/** Of the folder `test/guard`, the files that start no registry and mount nothing. */
const PURE = 'collectors|decide|engines|executables|fstab|pace|parsers';

/**
 * Tests that start registries, mount, make namespaces, or need the guard's consent: one file at a
 * time (`test/harness/one-at-a-time.ts`), beside the others.
 */
export const SYSTEM = [
  'test/packaging/executable.test.ts',
  'test/cli/history.test.ts',
  'test/e2e/**/*.test.ts',
  `test/guard/!(${PURE}).test.ts`,
];

const common = {
  globalSetup: ['test/harness/build.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // The built command line in a test's process is Node's to load, not Vite's.
  server: { deps: { external: [/\/dist\/start\//] } },
};

export default defineConfig({
  test: {
    reporters: ['default', './test/harness/reporter.ts'],
    maxWorkers: 2,
    sequence: { sequencer: Interleave },
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: SYSTEM,
        },
      },
      {
        test: {
          ...common,
          name: 'system',
          include: SYSTEM,
          setupFiles: ['test/harness/one-at-a-time.ts'],
        },
      },
    ],
  },
});
