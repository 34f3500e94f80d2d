/** Mistakes in what a command does when its output can't be written. */

import { type Mutation, vitest } from './checks.js';

export const OUTPUT_MUTATIONS: readonly Mutation[] = [
  {
    what: 'a log that can’t be written ends the command, before the registry is started again',
    file: 'cli/main.ts',
    find: '  outliveBrokenOutput();\n',
    replace: '',
    noticedBy: vitest('test/cli/broken-output.test.ts'),
  },
];
