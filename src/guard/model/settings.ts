/** The guard's settings. None of them skips a check. */
import type { GuardMemory } from './memory.js';
import type { Bystander } from './observations.js';

export interface GuardSettings {
  /** Milliseconds that the tree must stay unchanged; 5000 by default. */
  readonly quietWindowMs: number;
  /** Number of worker threads for the fingerprint. */
  readonly concurrency: number;
  /** `--registry-url`, one per registry instance. */
  readonly registryUrls: readonly string[];
  /**
   * Login for live answers. The password is read from a file, so argv and logs don't contain it.
   */
  readonly registryUser?: string;
  readonly registryPasswordFile?: string;
  /** PEM files: the client certificate, its key, and a CA to trust. */
  readonly registryCert?: string;
  readonly registryKey?: string;
  readonly registryCa?: string;
  /** From the settings file only. The caller checks that root owns that file. */
  readonly bystanders: readonly Bystander[];
  /** Observations of earlier inspections in the same command. Without it each one starts afresh. */
  readonly memory?: GuardMemory;
  /** Default `/proc`; tests use another. */
  readonly procRoot?: string;
  /** Default `/`: the folder that contains `etc/exports` and `etc/fstab`; tests use another. */
  readonly hostRoot?: string;
}

const DEFAULT_QUIET_WINDOW_MS = 5000;

export const DEFAULT_GUARD_SETTINGS: GuardSettings = {
  quietWindowMs: DEFAULT_QUIET_WINDOW_MS,
  concurrency: 2,
  registryUrls: [],
  bystanders: [],
};
