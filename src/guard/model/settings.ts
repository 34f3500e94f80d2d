/** What the guard is told; none of it makes it skip a check. */
import type { GuardMemory } from './memory.js';
import type { Bystander } from './observations.js';

export interface GuardSettings {
  /** Milliseconds that the tree must stay unchanged; 5000 by default. */
  readonly quietWindowMs: number;
  /** Worker threads for the fingerprint. */
  readonly concurrency: number;
  /** `--registry-url`, once per instance. */
  readonly registryUrls: readonly string[];
  /** For live answers behind a login; the password stays out of argv and logs. */
  readonly registryUser?: string;
  readonly registryPasswordFile?: string;
  /** PEM files: a client's certificate and key, and an authority to believe. */
  readonly registryCert?: string;
  readonly registryKey?: string;
  readonly registryCa?: string;
  /** From the root-owned settings file only: whoever fills this checks its owner. */
  readonly bystanders: readonly Bystander[];
  /** Carried through one command; without it each look stands alone. */
  readonly memory?: GuardMemory;
  /** `/proc`; tests make their own. */
  readonly procRoot?: string;
  /** `/`: where `etc/exports`, `etc/fstab` and the like are looked up; tests make their own. */
  readonly hostRoot?: string;
}

export const DEFAULT_QUIET_WINDOW_MS = 5000;

export const DEFAULT_GUARD_SETTINGS: GuardSettings = {
  quietWindowMs: DEFAULT_QUIET_WINDOW_MS,
  concurrency: 2,
  registryUrls: [],
  bystanders: [],
};
