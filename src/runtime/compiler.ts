/** How eagerly the engine compiles. */
import v8 from 'node:v8';

/** Node 22 and later have an engine with a cheap middle compiler, and without the first of the flags. */
const FIRST_WITH_MIDDLE_COMPILER = 12;

/**
 * Flags that make the engine optimize later and inline less. A scan ends within a second or two
 * and runs in several threads, and each thread compiles for itself: with the engine's own limits,
 * a quarter of the CPU time of Node 20 goes into compiling.
 * @param v8Version as in `process.versions.v8`
 */
export function compilerFlags(v8Version: string): string[] {
  if (Number.parseInt(v8Version, 10) >= FIRST_WITH_MIDDLE_COMPILER) return [];
  return ['--interrupt-budget=500000', '--max-inlined-bytecode-size-cumulative=100'];
}

/** Sets these flags. Only for a process of our own, not for one that uses the library. */
export function compileLess(): void {
  for (const flag of compilerFlags(process.versions.v8)) v8.setFlagsFromString(flag);
}
