import type { Settings } from '../cli/settings/resolve.js';
import { DEFAULT_GUARD_SETTINGS, type GuardSettings } from '../guard/index.js';

const GIVEN = [
  'registryUser',
  'registryPasswordFile',
  'registryCert',
  'registryKey',
  'registryCa',
] as const;

export function guardSettings(settings: Settings): GuardSettings {
  const given = GIVEN.filter((name) => settings[name] !== undefined);
  return {
    quietWindowMs: settings.quietWindow * 1000,
    concurrency: settings.concurrency ?? DEFAULT_GUARD_SETTINGS.concurrency,
    registryUrls: settings.registryUrls,
    bystanders: settings.bystanders,
    ...Object.fromEntries(given.map((name) => [name, settings[name]])),
  };
}
