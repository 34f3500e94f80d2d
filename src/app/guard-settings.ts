import {
  DEFAULT_GUARD_SETTINGS,
  type GuardMemory,
  type GuardSettings,
  newGuardMemory,
} from '../guard/index.js';
import type { Options } from './options.js';

const GIVEN = [
  'registryUser',
  'registryPasswordFile',
  'registryCert',
  'registryKey',
  'registryCa',
] as const;

export function guardSettings(options: Options): GuardSettings {
  const given = GIVEN.filter((name) => options[name] !== undefined);
  return {
    quietWindowMs: options.quietWindow * 1000,
    concurrency: options.concurrency ?? DEFAULT_GUARD_SETTINGS.concurrency,
    registryUrls: options.registryUrls,
    bystanders: options.bystanders,
    memory: memoryOf(options),
    ...Object.fromEntries(given.map((name) => [name, options[name]])),
  };
}

/**
 * One object per options object, and so per command, so that the guard's memory lasts for one
 * command.
 */
const memories = new WeakMap<Options, GuardMemory>();

function memoryOf(options: Options): GuardMemory {
  const memory = memories.get(options) ?? newGuardMemory();
  memories.set(options, memory);
  return memory;
}
