/**
 * The commands: names, options and help. Each command's code is loaded only when it runs, so that
 * `--help` is fast.
 */
import type { CommandSpec } from './command-spec.js';
import { CHANGING } from './commands/changing.js';
import { KEEPING } from './commands/keeping.js';
import { LOOKING } from './commands/looking.js';

export const COMMANDS: readonly CommandSpec[] = [...LOOKING, ...CHANGING, ...KEEPING];

export const DESCRIPTION = 'Analyzes and sweeps the storage tree of a Docker/OCI registry.';
