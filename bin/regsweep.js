#!/usr/bin/env node
import { existsSync, readFileSync, writeSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);

function printed(text) {
  try {
    writeSync(1, text);
    return 0;
  } catch (error) {
    if (error.code === 'EPIPE') return 0;
    process.stderr.on('error', () => undefined).write(`regsweep: ${error.message}\n`);
    return 1;
  }
}

async function start(args) {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));
    return printed(`${version}\n`);
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
