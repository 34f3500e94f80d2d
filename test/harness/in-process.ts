/**
 * The command line in this process: what `node bin/regsweep.js` loads, without the start of a
 * process for each command. For tests of what commands say; those of processes, signals, terminals
 * and the environment start one (`cli.ts`).
 */
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CliResult } from './cli.js';

type Main = (args: readonly string[]) => Promise<number>;
/** As bin/regsweep.js chooses it: where mistakes are tried, `dist/start` is missing. */
const file = ['start/cli/main.js', 'cli/main.js']
  .map((path) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url)))
  .find((path) => existsSync(path))!;

let last: Promise<unknown> = Promise.resolve();

/** One command at a time, since the streams are this process's. */
export function regsweep(args: readonly string[]): Promise<CliResult> {
  const run = last.then(() => runHere(args));
  last = run.catch(() => undefined);
  return run;
}

async function runHere(args: readonly string[]): Promise<CliResult> {
  const restore = withEnvironment();
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  try {
    const { main } = (await import(pathToFileURL(file).href)) as { main: Main };
    const code = await main(args);
    return { code, stdout: stdout.end(), stderr: stderr.end(), json: parsed(stdout.end()) };
  } finally {
    stdout.end();
    stderr.end();
    restore();
  }
}

/** As a started process has it: no settings of this machine, no colours. */
function withEnvironment(): () => void {
  const before = { ...process.env };
  for (const name of Object.keys(before))
    if (name.startsWith('REGSWEEP_')) delete process.env[name];
  process.env.NO_COLOR = '1';
  return () => void Object.assign(process.env, before);
}

function capture(stream: NodeJS.WriteStream): { end(): string } {
  const chunks: Buffer[] = [];
  const write = stream.write;
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    chunks.push(Buffer.from(chunk as Uint8Array));
    (rest.find((one) => typeof one === 'function') as (() => void) | undefined)?.();
    return true;
  }) as typeof stream.write;
  return {
    end: () => {
      stream.write = write;
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
