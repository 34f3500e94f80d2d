/** The guard: evidence about who could write to the tree, and the clearance that the sweep needs. */
export { assertUnchangedSince, clear, isClearance } from './clearance.js';
export { decide } from './decide.js';
export { type EntryIdentity, entryHash } from './entry-hash.js';
export { type Explanation, explainRefusal, refusal } from './explain.js';
export {
  type Fingerprint,
  type FingerprintOptions,
  fingerprint,
  fingerprintText,
  sameFingerprint,
} from './fingerprint.js';
export { unmountedPaths } from './fstab.js';
export { type InspectOptions, inspect } from './inspect.js';
export { acquireLock, type TreeLock } from './lock.js';
export type { Bystander, Observations } from './observations.js';
export {
  DEFAULT_GUARD_SETTINGS,
  DEFAULT_QUIET_WINDOW_MS,
  type GuardSettings,
} from './settings.js';
export type { Clearance, Evidence, GuardState, SeenRegistry, Verdict } from './types.js';
