/** Entry point of the bundle: starts the command, or one of its threads or helper programs. */
import { isMainThread } from 'node:worker_threads';
import { PART_FLAG, type Part } from '../src/runtime/threads.js';

const parts: Readonly<Record<Part, () => Promise<unknown>>> = {
  facts: () => import('../src/facts/pool/worker.js'),
  fingerprint: () => import('../src/guard/fingerprint/worker.js'),
  verify: () => import('../src/verify/worker.js'),
  probe: () => import('../src/guard/probe/probe-main.js'),
};

const args = process.argv.slice(2);
// A thread that runs from a `data:` URL has no script in its arguments.
const word = isMainThread ? args[0] : process.argv.at(-1);
const part = word?.startsWith(PART_FLAG) === true ? word.slice(PART_FLAG.length) : undefined;
if (part !== undefined) {
  await parts[part as Part]();
} else if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const { readVersion } = await import('../src/runtime/version.js');
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { main } = await import('../src/cli/main.js');
  process.exitCode = await main(args);
}
