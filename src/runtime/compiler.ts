/** How eagerly the engine compiles. */
import v8 from 'node:v8';

/**
 * Optimized code comes later, and with less inlined into it. A scan is over within a second or two
 * and runs in several threads, each of which compiles for itself: with the engine's own limits a
 * quarter of the CPU time went into compiling. For a process of our own, not for one that uses the
 * library.
 */
export function compileLess(): void {
  v8.setFlagsFromString('--interrupt-budget=500000');
  v8.setFlagsFromString('--max-inlined-bytecode-size-cumulative=100');
}
