/** Resolves the typed settings of a command. Durations are in seconds. */

import { statSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import type { ApprovalRule } from '../../app/approval/rule.js';
import { DEFAULTS } from '../../app/defaults.js';
import type { Options } from '../../app/options.js';
import type { PolicySource } from '../../app/select/policy-source.js';
import { ACTION_KINDS, type ActionKind } from '../../graph/action-kinds.js';
import { parseCache } from '../../registry-config/cache-section.js';
import type { ConfigFile } from '../../registry-config/own-config.js';
import { parseRedisUrl, type RedisAddress } from '../../registry-config/redis-address.js';
import type { SortKey } from '../../report/model/view.js';
import { requireDuration } from '../../util/duration.js';
import { usageError } from '../../util/errors.js';
import { splitList } from '../../util/split-list.js';
import { parseCount, parsePercent, parseRate, parseThreads } from '../../util/units.js';
import { OPTION_NAMES, type OptionName, optionSpec } from '../args/option-table.js';
import { commandLineLayer, environmentLayer, fileLayer, type Layer } from './sources.js';
import { suggestion, Values } from './values.js';

export type Format = 'table' | 'json' | 'ndjson' | 'csv';

/** The use case's options, and those of the command line itself. */
export interface Settings extends Omit<Options, 'besidePlan'> {
  readonly format: Format;
  readonly quiet: boolean;
  readonly noColor: boolean;
  readonly yes: boolean;
  readonly detailedExitcode: boolean;
  readonly output: string | undefined;
  readonly force: boolean;
  readonly metricsFile: string | undefined;
  readonly logFile: string | undefined;
  readonly notifyCommand: string | undefined;
  /** Lists every item of a plan on a terminal too. */
  readonly all: boolean;
  readonly sort: SortKey | undefined;

  /** Names of options that the command line has. */
  readonly given: ReadonlySet<OptionName>;
  /** The source of an option's value, for messages; undefined for a default. */
  readonly sourceOf: (name: OptionName) => string | undefined;
  /** The raw value of an option on the command line. */
  readonly said: (name: OptionName) => unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param argv options of the command line by name, with the positional root as `root`
 * @param takes options of the command; files that other options name are not read
 * @throws RegsweepError `usage` with the source of the wrong value
 */
export async function resolveSettings(
  argv: Readonly<Record<string, unknown>>,
  env: Environment,
  takes: readonly OptionName[] = OPTION_NAMES,
): Promise<Settings> {
  const line = commandLineLayer(argv);
  const environment = environmentLayer(env);
  const isNamed = line.has('settings') || environment.has('settings');
  const path = new Values([line, environment]).text('settings')!;
  const file = await fileLayer(path, isNamed);
  const layers = [line, environment, file.layer];
  return {
    ...(await placeOf(layers)),
    ...commonOf(new Values(layers)),
    repo: await new Values(layers).globs('repo'),
    exclude: await new Values(layers).globs('exclude'),
    ...selectionOf(new Values(layers)),
    policy: await policyIn(new Values(layers), takes),
    ...changeOf(new Values(layers)),
    bystanders: file.bystanders,
    approval: await approvalIn(path, file.approval, takes),
    given: new Set(line.keys()),
    sourceOf: (name) => layers.find((layer) => layer.has(name))?.get(name)?.source,
    said: (name) => line.get(name)?.value,
  };
}

/** Commands with one of these options may need an approval, or write a plan that needs one. */
const APPROVABLE: readonly OptionName[] = ['yes', 'output'];

/** The approval rule. The default settings file's rule applies even with another settings file. */
async function approvalIn(
  path: string,
  ofFile: ApprovalRule | undefined,
  takes: readonly OptionName[],
): Promise<ApprovalRule | undefined> {
  const { settings } = DEFAULTS;
  if (!APPROVABLE.some((name) => takes.includes(name))) return undefined;
  const isInUse = resolvePath(path) === settings;
  if (isInUse || statSync(settings, { throwIfNoEntry: false }) === undefined) return ofFile;
  const { approvalOfHost } = await import('../../app/approval/rule.js');
  return approvalOfHost(settings) ?? ofFile;
}

/** Loads the YAML parser only if a policy is given, since loading takes time. */
async function policyIn(
  v: Values,
  takes: readonly OptionName[],
): Promise<PolicySource | undefined> {
  const isFromPlan = takes.includes('plan') && v.text('plan') !== undefined;
  if (!takes.includes('policy') || isFromPlan) return undefined;
  const file = v.text('policy');
  const names = (['keep-last', 'keep-within', 'keep-tags'] as const).filter((name) => v.raw(name));
  if (file === undefined && names.length === 0) return undefined;
  const { policyOfOptions } = await import('../../app/select/policy-file.js');
  const keepTags = v.list('keep-tags');
  const kept = {
    keepLast: v.read('keep-last', parseCount),
    keepWithin: v.text('keep-within'),
    keepTags: keepTags.length === 0 ? undefined : keepTags,
  };
  return policyOfOptions(file, kept, names.map((name) => v.raw(name)!.source).join(', '));
}

async function readConfig(path: string | undefined): Promise<ConfigFile | undefined> {
  if (path === undefined) return undefined;
  return (await import('../../registry-config/own-config.js')).readConfigFile(path);
}

async function placeOf(
  layers: readonly Layer[],
): Promise<Pick<Settings, 'root' | 'registryConfig'>> {
  const values = new Values(layers);
  const registryConfig = await readConfig(values.text('config'));
  values.text('root');
  for (const layer of layers) {
    const root = layer.get('root');
    if (root !== undefined) return { root: String(root.value), registryConfig };
    if (layer.has('config')) return { root: registryConfig!.rootDirectory, registryConfig };
  }
  return { root: optionSpec('root').default!, registryConfig };
}

function commonOf(v: Values) {
  return {
    format: v.choice('format') as Format,
    quiet: v.flag('quiet'),
    noColor: v.flag('no-color'),
    concurrency: v.read('concurrency', parseThreads),
    stateDir: v.text('state-dir'),
    run: v.list('run'),
    olderThan: v.read('older-than', requireDuration),
    ref: v.list('ref'),
    output: v.text('output'),
    force: v.flag('force'),
    metricsFile: v.text('metrics-file'),
    logFile: v.text('log-file'),
    notifyCommand: v.text('notify-command'),
    all: v.flag('all'),
    details: v.flag('details'),
    sort: v.optionalChoice('sort') as SortKey | undefined,
    top: v.read('top', parseCount),
    tags: v.flag('tags'),
    platform: v.flag('platform'),
    layers: v.flag('layers'),
    since: v.read('since', requireDuration),
    verify: v.flag('verify'),
    bwlimit: v.read('bwlimit', parseRate),
    detailedExitcode: v.flag('detailed-exitcode'),
  };
}

function selectionOf(v: Values) {
  return {
    ageBy: v.choice('age-by') as 'newest' | 'mtime',
    minAge: v.read('min-age', requireDuration)!,
    deleteUntagged: v.flag('delete-untagged'),
    allowTagless: v.flag('allow-tagless'),
    keepDigests: v.text('keep-digests'),
    trustMtimes: v.flag('trust-mtimes'),
    allowEmpty: v.flag('allow-empty'),
    orphanSignatures: v.flag('orphan-signatures'),
    kinds: kindsOf(v),
    maxDelete: v.read('max-delete', parsePercent)!,
    allowShrunk: v.flag('allow-shrunk'),
    allowEmptyTree: v.flag('allow-empty-tree'),
    plan: v.text('plan'),
    key: v.text('key'),
  };
}

function changeOf(v: Values) {
  return {
    ...downtimeOf(v),
    dryRun: v.flag('dry-run'),
    yes: v.flag('yes'),
    delete: v.flag('delete'),
    backup: v.text('backup'),
    purgeOlderThan: v.read('purge-older-than', requireDuration),
    quietWindow: v.read('quiet-window', requireDuration)!,
    registryUrls: v.list('registry-url'),
    registryUser: v.text('registry-user'),
    registryPasswordFile: v.text('registry-password-file'),
    registryCert: v.text('registry-cert'),
    registryKey: v.text('registry-key'),
    registryCa: v.text('registry-ca'),
  };
}

function downtimeOf(v: Values) {
  const stopCommand = v.text('stop-command');
  const startCommand = v.text('start-command');
  if (startCommand !== undefined && stopCommand === undefined) {
    throw usageError(
      `${v.raw('start-command')!.source} needs --stop-command`,
      'regsweep only starts what it has stopped',
    );
  }
  return {
    stopCommand,
    startCommand,
    commandTimeout: v.read('command-timeout', requireDuration)!,
    flushRedis: v.read('flush-redis', parseFlush),
    cache: v.read('cache', parseCache),
  };
}

const parseFlush = (text: string, source: string): RedisAddress | 'config' =>
  text === 'config' ? text : parseRedisUrl(text, source);

function kindsOf(v: Values): ReadonlySet<ActionKind> {
  const only = kindList(v, 'only');
  const skip = new Set(kindList(v, 'skip'));
  return new Set((only.length > 0 ? only : ACTION_KINDS).filter((kind) => !skip.has(kind)));
}

function kindList(v: Values, name: 'only' | 'skip'): ActionKind[] {
  const words = v.list(name).flatMap(splitList);
  for (const word of words) {
    if ((ACTION_KINDS as readonly string[]).includes(word)) continue;
    const hint = suggestion(word, ACTION_KINDS);
    throw usageError(
      `${v.raw(name)!.source}: "${word}" is not a kind of item${hint}`,
      `the kinds are ${ACTION_KINDS.join(', ')}`,
    );
  }
  return words as ActionKind[];
}
