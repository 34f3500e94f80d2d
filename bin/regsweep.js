#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);

async function start(args) {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));
    process.stdout.write(`${version}\n`);
    return 0;
  }
  // Both are the same program. The bundled one starts faster.
  const main = ['../dist/start/cli/main.js', '../dist/cli/main.js'].map(here).find(existsSync);
  if (main === undefined) {
    process.stderr.write('regsweep: it is not built yet; run:\nnpm run build\n');
    return 1;
  }
  return (await import(main.href)).main(args);
}

process.exitCode = await start(process.argv.slice(2));
