/** The guard: collects evidence about who could write to the tree, and makes the clearance. */
export { assertUnchangedSince, clear, isClearance } from './clearance.js';
export { decideVerdict } from './decide/decide.js';
export { explainRefusal, refusal, requireNotRefused, type VerdictText } from './decide/refusal.js';
export { unmountedPaths } from './filesystem/fstab.js';
export { type EntryIdentity, entryHash } from './fingerprint/entry-hash.js';
export {
  type Fingerprint,
  type FingerprintOptions,
  fingerprint,
  fingerprintText,
  sameFingerprint,
  waitOut,
} from './fingerprint/fingerprint.js';
export { type HeldFiles, heldDeletedFiles } from './host/deleted-files.js';
export { type InspectOptions, inspect } from './inspect.js';
export { acquireLock, type TreeLock } from './lock/lock.js';
export { type GuardMemory, newGuardMemory } from './model/memory.js';
export type { Bystander, Observations } from './model/observations.js';
export {
  DEFAULT_GUARD_SETTINGS,
  DEFAULT_QUIET_WINDOW_MS,
  type GuardSettings,
} from './model/settings.js';
export type { Clearance, Evidence, GuardState, SeenRegistry, Verdict } from './model/types.js';
export { recoverNonce } from './probe/nonce.js';
