/**
 * Vitest's reporter beside the default one: at the start it says how long all tests take, and at
 * the end how many tests were skipped, and for want of what.
 */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { hasProgram } from './programs.js';

/** On two quiet cores, rounded up. */
const WHOLE = { withRegistry: 'about 15 minutes', without: 'about 4 minutes' } as const;

export default class SkipReporter implements Reporter {
  #isTold = false;

  onTestModuleStart(module: TestModule): void {
    if (this.#isTold || module.project.name !== 'system') return;
    this.#isTold = true;
    const isComplete = hasProgram('docker-registry') && process.getuid?.() === 0;
    const time = isComplete ? WHOLE.withRegistry : WHOLE.without;
    console.log(
      `\nTests with registries, mounts and engines run one file at a time beside the others. ` +
        `All tests together take ${time} on two cores.\n`,
    );
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const { tests, byNeed } = skipped(modules);
    if (tests === 0) return;
    console.log(`${count(tests)} skipped. What this machine lacks for them:`);
    for (const [need, number] of [...byNeed].sort(([, a], [, b]) => b - a)) {
      console.log(`  ${need}: ${count(number)}`);
    }
  }
}

const count = (tests: number): string => `${tests} ${tests === 1 ? 'test' : 'tests'}`;

function skipped(modules: readonly TestModule[]): { tests: number; byNeed: Map<string, number> } {
  const byNeed = new Map<string, number>();
  let tests = 0;
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const lacks = lacksOf(test);
      if (lacks.length > 0) tests += 1;
      for (const need of lacks) byNeed.set(need, (byNeed.get(need) ?? 0) + 1);
    }
  }
  return { tests, byNeed };
}

/** Nothing where nothing is missing: `-t` leaves the others out as well. */
function lacksOf(test: TestCase): readonly string[] {
  const own = test.meta().lacks ?? [];
  let above: TestSuite | TestModule = test.parent;
  while (own.length === 0 && above.type === 'suite') {
    const { lacks = [] } = above.meta();
    if (lacks.length > 0) return lacks;
    above = above.parent;
  }
  return own;
}
