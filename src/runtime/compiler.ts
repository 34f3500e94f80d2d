/** Settings of the JavaScript compiler. */
import v8 from 'node:v8';

/**
 * V8's major version from which it has a middle compiler (Node 22), and no `--interrupt-budget`.
 */
const FIRST_WITH_MIDDLE_COMPILER = 12;

/**
 * Flags that make V8 optimize later and inline less. A scan takes a second or two in several
 * threads, and each thread compiles for itself. With the defaults of older versions, compiling took
 * a quarter of the CPU time.
 * @returns no flags for versions with a middle compiler, where compiling is cheap
 */
export function compilerFlags(v8Version: string): string[] {
  if (Number.parseInt(v8Version, 10) >= FIRST_WITH_MIDDLE_COMPILER) return [];
  return ['--interrupt-budget=500000', '--max-inlined-bytecode-size-cumulative=100'];
}

/** Sets these flags. Only for the command line, not for programs that use the library. */
export function compileLess(): void {
  for (const flag of compilerFlags(process.versions.v8)) v8.setFlagsFromString(flag);
}
