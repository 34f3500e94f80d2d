import { DEFAULT_GUARD_SETTINGS, type GuardSettings } from '../guard/index.js';
import type { Settings } from './settings.js';

export function guardSettings(settings: Settings): GuardSettings {
  const { registryUser, registryPasswordFile } = settings;
  return {
    quietWindowMs: settings.quietWindow * 1000,
    concurrency: settings.concurrency ?? DEFAULT_GUARD_SETTINGS.concurrency,
    registryUrls: settings.registryUrls,
    bystanders: settings.bystanders,
    ...(registryUser === undefined ? {} : { registryUser }),
    ...(registryPasswordFile === undefined ? {} : { registryPasswordFile }),
  };
}
