/** The guard: collects evidence about who could write to the tree, and makes the clearance. */
export { assertUnchangedSince, watchTree } from './clearance.js';
export { explainRefusal, refusal, requireNotRefused } from './decide/verdict-text.js';
export { unmountedPaths } from './filesystem/fstab.js';
export { entryHash } from './fingerprint/entry-hash.js';
export {
  type Fingerprint,
  fingerprint,
  waitOut,
} from './fingerprint/fingerprint.js';
export { heldDeletedFiles } from './host/deleted-files.js';
export { inspect } from './inspect.js';
export { acquireLock } from './lock/lock.js';
export { type GuardMemory, newGuardMemory } from './model/memory.js';
export {
  DEFAULT_GUARD_SETTINGS,
  type GuardSettings,
} from './model/settings.js';
export { recoverNonce } from './probe/nonce.js';
