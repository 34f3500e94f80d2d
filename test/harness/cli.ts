/** The command line as a user runs it: `node bin/regsweep.js …`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Output, type RunOptions, run } from './process.js';

export const BIN = fileURLToPath(new URL('../../bin/regsweep.js', import.meta.url));
export const hasBin = existsSync(BIN);

export interface CliResult extends Output {
  /** stdout as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** Settings of the machine and of the caller's environment are kept out. */
export async function regsweep(
  args: readonly string[],
  options: RunOptions = {},
): Promise<CliResult> {
  const env: NodeJS.ProcessEnv = { NO_COLOR: '1' };
  for (const [name, value] of Object.entries(options.env ?? process.env)) {
    if (!name.startsWith('REGSWEEP_') || options.env !== undefined) env[name] = value;
  }
  const output = await run(process.execPath, [BIN, ...args], { ...options, env });
  return { ...output, json: parsed(output.stdout) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
