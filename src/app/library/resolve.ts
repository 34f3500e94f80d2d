/**
 * Turns a caller's options into a use case's options and ports, with the command line's parsers.
 */
import { ACTION_KINDS, type ActionKind } from '../../graph/action-kinds.js';
import { parseCache } from '../../registry-config/cache-section.js';
import { parseRedisUrl } from '../../registry-config/redis-address.js';
import { readVersion } from '../../runtime/version.js';
import { requireDuration } from '../../util/duration.js';
import { usageError } from '../../util/errors.js';
import { nearest } from '../../util/nearest-word.js';
import { requireGlobs } from '../../util/pattern/glob-list.js';
import { parsePercent, parseRate, parseThreads } from '../../util/units.js';
import { approvalOfHost } from '../approval/rule.js';
import { AGREED, type Context } from '../context.js';
import { DEFAULTS } from '../defaults.js';
import type { Options } from '../options.js';
import { policyOfOptions } from '../select/policy-file.js';
import type { PolicySource } from '../select/policy-source.js';
import type { AnyOptions } from './options.js';
import { type CommandName, REMOVING, TAKES } from './takes.js';

/**
 * @throws RegsweepError `usage` for an unknown option, because a typing error must not widen a
 *   sweep
 */
export async function libraryContext(command: CommandName, given: AnyOptions): Promise<Context> {
  requireKnown(command, given);
  const { confirm, onProgress, onNote, onWarning, signal } = given;
  const silent = (): void => undefined;
  return {
    command,
    options: await optionsOf(command, given),
    log: { note: onNote ?? silent, warn: onWarning ?? silent },
    progress: { update: onProgress ?? silent, stop: silent },
    confirm:
      confirm === undefined ? AGREED : { ...AGREED, ask: async (question) => confirm(question) },
    signal: signal ?? new AbortController().signal,
    version: readVersion(),
    now: Date.now,
    startedAtMs: Date.now(),
    tally: {},
  };
}

async function optionsOf(command: CommandName, given: AnyOptions): Promise<Options> {
  const registryConfig = given.config === undefined ? undefined : await configOf(given.config);
  return {
    root: given.root ?? registryConfig?.rootDirectory ?? DEFAULTS.root,
    registryConfig,
    concurrency: parsed(given.concurrency, 'concurrency', parseThreads),
    repo: globsOf(given, 'repo'),
    exclude: globsOf(given, 'exclude'),
    stateDir: given.stateDir,
    ...markingOf(given),
    ...changeOf(given),
    approval: REMOVING.includes(command) ? approvalOfHost() : undefined,
    key: undefined,
    backup: given.backup,
    details: given.details ?? false,
    tags: given.tags ?? false,
    layers: given.layers ?? false,
    platform: given.platform ?? false,
    since: parsed(given.since, 'since', requireDuration),
    top: given.top,
    verify: given.verify ?? false,
    bwlimit: parsed(given.bwlimit, 'bwlimit', parseRate),
    run: listOf(given.run),
    olderThan: parsed(given.olderThan, 'olderThan', requireDuration),
    ref: listOf(given.ref),
  };
}

function markingOf(given: AnyOptions) {
  return {
    ageBy: given.ageBy ?? ('newest' as const),
    minAge: requireDuration(given.minAge ?? DEFAULTS.minAge, 'minAge'),
    deleteUntagged: given.deleteUntagged ?? false,
    allowTagless: given.allowTagless ?? false,
    keepDigests: given.keepDigests,
    policy: policyOf(given),
    trustMtimes: given.trustMtimes ?? false,
    allowEmpty: given.allowEmpty ?? false,
    orphanSignatures: given.orphanSignatures ?? false,
    kinds: kindsOf(given),
    maxDelete: parsePercent(given.maxDelete ?? DEFAULTS.maxDelete, 'maxDelete'),
    allowShrunk: given.allowShrunk ?? false,
    allowEmptyTree: given.allowEmptyTree ?? false,
    plan: given.plan,
    besidePlan: besidePlan(given),
  };
}

function changeOf(given: AnyOptions) {
  const { startCommand, stopCommand } = given;
  if (startCommand !== undefined && stopCommand === undefined) {
    throw usageError(
      'startCommand needs stopCommand',
      'regsweep only starts a registry that it stopped',
    );
  }
  return {
    dryRun: given.dryRun ?? false,
    delete: given.delete ?? false,
    purgeOlderThan: parsed(given.purgeOlderThan, 'purgeOlderThan', requireDuration),
    stopCommand,
    startCommand,
    commandTimeout: requireDuration(
      given.commandTimeout ?? DEFAULTS.commandTimeout,
      'commandTimeout',
    ),
    flushRedis:
      given.flushRedis === true
        ? ('config' as const)
        : parsed(given.flushRedis, 'flushRedis', parseRedisUrl),
    cache: parsed(given.cache, 'cache', parseCache),
    quietWindow: requireDuration(given.quietWindow ?? DEFAULTS.quietWindow, 'quietWindow'),
    registryUrls: listOf(given.registryUrl),
    registryUser: given.registryUser,
    registryPasswordFile: given.registryPasswordFile,
    registryCert: given.registryCert,
    registryKey: given.registryKey,
    registryCa: given.registryCa,
    // Bystanders are named only in a settings file that only root can write.
    bystanders: [],
  };
}

function parsed<T>(
  value: string | number | undefined,
  name: string,
  parse: (text: string, source: string) => T,
): T | undefined {
  return value === undefined ? undefined : parse(String(value), name);
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function policyOf(given: AnyOptions): PolicySource | undefined {
  const { policy, keepLast, keepWithin, keepTags } = given;
  const names = (['keepLast', 'keepWithin', 'keepTags'] as const).filter(
    (name) => given[name] !== undefined,
  );
  const tags = keepTags === undefined ? undefined : listOf(keepTags);
  return policyOfOptions(policy, { keepLast, keepWithin, keepTags: tags }, names.join(', '));
}

function globsOf(given: AnyOptions, name: 'repo' | 'exclude'): readonly string[] {
  const globs = listOf(given[name]);
  requireGlobs(globs, name);
  return globs;
}

function kindsOf({ only, skip = [] }: AnyOptions): ReadonlySet<ActionKind> {
  for (const kind of [...(only ?? []), ...skip]) {
    if (ACTION_KINDS.includes(kind)) continue;
    throw usageError(`"${kind}" is not a kind of item`, `the kinds are ${ACTION_KINDS.join(', ')}`);
  }
  if (only?.length === 0) throw usageError('only is empty', 'omit it to select all kinds');
  return new Set((only ?? ACTION_KINDS).filter((kind) => !skip.includes(kind)));
}

/** Option names as the messages use them. */
function besidePlan(given: AnyOptions): Options['besidePlan'] {
  const names = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  return { minAge: parsed(given.minAge, 'minAge', requireDuration), names };
}

async function configOf(path: string) {
  const { readConfigFile } = await import('../../registry-config/own-config.js');
  return readConfigFile(path);
}

function requireKnown(command: CommandName, given: AnyOptions): void {
  const known: readonly string[] = TAKES[command];
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw usageError(
      `${command} takes no option ${name}`,
      near === undefined ? `it takes ${known.join(', ')}` : `did you mean ${near}?`,
    );
  }
}
