/** Where a bundle starts: as the command, or as one of its own threads or programs. */
import { PART_FLAG, type Part } from '../src/runtime/threads.js';

const parts: Readonly<Record<Part, () => Promise<unknown>>> = {
  facts: () => import('../src/facts/pool/worker.js'),
  fingerprint: () => import('../src/guard/fingerprint/worker.js'),
  verify: () => import('../src/verify/worker.js'),
  probe: () => import('../src/guard/probe/probe-main.js'),
};

const args = process.argv.slice(2);
const part = args[0]?.startsWith(PART_FLAG) === true ? args[0].slice(PART_FLAG.length) : undefined;
if (part !== undefined) {
  await parts[part as Part]();
} else if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const { readVersion } = await import('../src/runtime/version.js');
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { main } = await import('../src/cli/main.js');
  process.exitCode = await main(args);
}
