import { DEFAULT_GUARD_SETTINGS, type GuardSettings } from '../guard/index.js';
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
    ...Object.fromEntries(given.map((name) => [name, options[name]])),
  };
}
