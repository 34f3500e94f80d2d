/** What the end-to-end tests have in common: a store with a history, and commands on it. */
import { join } from 'node:path';
import type { Action } from '../../src/plan/types.js';
import type { CliResult } from '../harness/cli.js';
import { type PulledContent, RegistryClient } from '../harness/client.js';
import { regsweep } from '../harness/in-process.js';
import { type RegistryOptions, withRegistry } from '../harness/registry.js';
import { tempFolder } from '../harness/temp.js';

/** Ages don't matter, and neither does the share that goes: the trees are small and new. */
export const SELECT = ['--min-age', '0s', '--max-delete', '100%'];
const CHANGE = ['--yes', '--quiet-window', '200ms', '--format', 'json'];

export type Everything = Map<string, PulledContent>;

/** A temporary rootdirectory filled through the registry, which is stopped again. */
export async function storeWith(fill: (client: RegistryClient) => Promise<void>): Promise<string> {
  const root = join(await tempFolder(), 'root');
  await serve(root, fill);
  return root;
}

/** Runs the registry over `root` for as long as `work` takes. */
export function serve<T>(
  root: string,
  work: (client: RegistryClient) => Promise<T>,
  options: RegistryOptions = {},
): Promise<T> {
  return withRegistry(root, ({ url }) => work(new RegistryClient(url)), options);
}

/** All that clients can pull now, by `repository:tag`. */
export const everything = (root: string): Promise<Everything> =>
  serve(root, (client) => client.pullEverything());

export const sweep = (root: string, ...flags: string[]): Promise<CliResult> =>
  regsweep(['sweep', root, ...SELECT, ...CHANGE, ...flags]);

export const tidy = (root: string, ...flags: string[]): Promise<CliResult> =>
  regsweep(['tidy', root, ...SELECT, ...CHANGE, ...flags]);

export const restore = (root: string, ...flags: string[]): Promise<CliResult> =>
  regsweep(['trash', 'restore', root, ...CHANGE, ...flags]);

/** What ends things for good has to know the registry's cache, and these are stopped. */
export const CACHE = ['--cache', 'inmemory'];

/** @param flags that don't tell of a cache: it is in memory then */
export const purge = (root: string, ...flags: string[]): Promise<CliResult> =>
  purgeAs(
    root,
    ...(flags.includes('--config') || flags.includes('--cache') ? [] : CACHE),
    ...flags,
  );

export const purgeAs = (root: string, ...flags: string[]): Promise<CliResult> =>
  regsweep(['trash', 'purge', root, '--min-age', '0s', ...CHANGE, ...flags]);

/** @throws with what the command said, unless it ended with `code` */
export function expectCode(result: CliResult, code: number): CliResult {
  if (result.code === code) return result;
  throw new Error(`exit ${result.code}, not ${code}\n${result.stderr}\n${result.stdout}`);
}

export async function plannedActions(root: string, ...flags: string[]): Promise<Action[]> {
  const result = await regsweep(['plan', root, ...SELECT, '--format', 'json', ...flags]);
  return (expectCode(result, 0).json as { actions: Action[] }).actions;
}

/** Digests of the blobs that a plan would remove, sorted. */
export async function plannedBlobs(root: string, ...flags: string[]): Promise<string[]> {
  const actions = await plannedActions(root, ...flags);
  const blobs = actions.filter((action) => action.kind === 'blob');
  return blobs.map((action) => String(action.digest)).sort();
}
