/** What a mutation is, and which run of tests must notice it. */

export interface Mutation {
  /** What the program then does wrong. */
  readonly what: string;
  /** Relative to `src`. */
  readonly file: string;
  /** Stands in the file once. */
  readonly find: string;
  readonly replace: string;
  readonly noticedBy: Check;
}

/** One run of tests; several mutations may share it. */
export interface Check {
  readonly name: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const faults = (groups: string, ...more: string[]): Check => ({
  name: `faults ${[groups, ...more].join(' ')}`,
  args: ['--import', 'tsx', 'test/faults/main.ts', '--group', groups, ...more],
});

/** @param folder or file */
export const vitest = (folder: string, env: Record<string, string> = {}): Check => ({
  name: [folder, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].join(' '),
  args: ['node_modules/vitest/vitest.mjs', 'run', folder],
  env,
});
