/**
 * Vitest's reporter beside the default one: at the start it says how long all tests take, and at
 * the end, for each reason, how many tests were skipped.
 */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { hasProgram } from './programs.js';

/** On two quiet cores, rounded up. */
const WHOLE = { withRegistry: 'about 14 minutes', without: 'about 4 minutes' } as const;

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
    const reasons = [...skippedByReason(modules)].sort(([, a], [, b]) => b - a);
    for (const [reason, count] of reasons) {
      console.log(`skipped: ${count} ${count === 1 ? 'test needs' : 'tests need'} ${reason}`);
    }
  }
}

function skippedByReason(modules: readonly TestModule[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const reason = reasonOf(test);
      if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  return counts;
}

/** Undefined where nothing is missing: `-t` leaves the others out as well. */
function reasonOf(test: TestCase): string | undefined {
  const own = test.meta().lacks;
  let above: TestSuite | TestModule = test.parent;
  while (own === undefined && above.type === 'suite') {
    if (above.meta().lacks !== undefined) return above.meta().lacks;
    above = above.parent;
  }
  return own;
}
