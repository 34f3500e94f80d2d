/**
 * Which options each function takes: those of its command. Any other option is refused. Otherwise
 * an option that was meant to limit the command would be ignored silently.
 */
import type * as given from './options.js';

const COMMON = [
  'root',
  'config',
  'concurrency',
  'repo',
  'exclude',
  'stateDir',
  'signal',
  'onProgress',
  'onNote',
  'onWarning',
] as const;

const MARKING = [
  'minAge',
  'ageBy',
  'deleteUntagged',
  'allowTagless',
  'keepDigests',
  'policy',
  'keepLast',
  'keepWithin',
  'keepTags',
  'trustMtimes',
  'allowEmpty',
] as const;

const SELECTION = [
  ...MARKING,
  'orphanSignatures',
  'only',
  'skip',
  'maxDelete',
  'allowShrunk',
  'allowEmptyTree',
] as const;

const GUARD = [
  'quietWindow',
  'registryUrl',
  'registryUser',
  'registryPasswordFile',
  'registryCert',
  'registryKey',
  'registryCa',
] as const;

const CHANGE = [...COMMON, ...GUARD, 'dryRun', 'confirm'] as const;
const STOPPING = ['stopCommand', 'startCommand', 'commandTimeout'] as const;
const DOWNTIME = [...STOPPING, 'flushRedis', 'cache'] as const;

/** With `dryRun`, for a plan file. */
const SAVING = ['output', 'force'] as const;

/** By command. */
export const TAKES = {
  analyze: [...COMMON, ...MARKING, 'details', 'tags', 'layers', 'sort', 'top', 'since'],
  check: [...COMMON, 'minAge', 'ageBy', 'verify', 'bwlimit'],
  explain: [
    ...COMMON,
    'subject',
    'minAge',
    'ageBy',
    'deleteUntagged',
    'allowTagless',
    'keepDigests',
    'platform',
  ],
  guard: [...COMMON, ...GUARD],
  history: [...COMMON, 'since', 'top'],
  report: [...COMMON, ...MARKING, 'output', 'force'],
  'policy preview': [
    ...COMMON,
    'policy',
    'minAge',
    'ageBy',
    'keepDigests',
    'trustMtimes',
    'allowEmpty',
  ],
  'audit verify': COMMON,
  'trash list': [...COMMON, 'run', 'olderThan'],
  plan: [...COMMON, ...SELECTION, 'output', 'force'],
  sweep: [...CHANGE, ...SELECTION, ...DOWNTIME, 'plan', 'backup', 'delete', 'purgeOlderThan'],
  tidy: [
    ...CHANGE,
    ...DOWNTIME,
    ...SAVING,
    'minAge',
    'ageBy',
    'maxDelete',
    'allowShrunk',
    'allowEmptyTree',
  ],
  rm: [
    ...CHANGE,
    ...DOWNTIME,
    ...SAVING,
    'targets',
    'minAge',
    'ageBy',
    'keepDigests',
    'maxDelete',
    'allowShrunk',
    'backup',
    'delete',
  ],
  'trash restore': [...CHANGE, ...STOPPING, 'run', 'ref', 'olderThan', 'minAge'],
  'trash purge': [
    ...CHANGE,
    ...STOPPING,
    ...SAVING,
    'plan',
    'run',
    'olderThan',
    'minAge',
    'ageBy',
    'flushRedis',
    'cache',
    'allowEmptyTree',
  ],
} as const satisfies Readonly<Record<string, readonly (keyof given.AnyOptions)[]>>;

export type CommandName = keyof typeof TAKES;

/** Those that remove something: the host may ask for approved plans. */
export const REMOVING: readonly CommandName[] = ['sweep', 'tidy', 'rm', 'trash purge'];
