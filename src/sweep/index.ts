/** The sweep: moves items of the storage tree to quarantine, restores them and deletes them. */
export { execute } from './execute.js';
export { type TakenBackByName, takeBackByName } from './in-place/take-back-by-name.js';
export { damageOf, hasNoJournal, isUsable } from './journal/damaged-runs.js';
export type { RunRecord as TrashRun } from './journal/records.js';
export type { ExecuteInput } from './model/input.js';
export type {
  Capped,
  Conflict,
  Skipped,
  SweepResult,
  TrashItem,
} from './model/types.js';
export {
  listRuns,
  quarantinedPartsOf,
  type RunSummary,
  salvageable,
  trashItems,
  trashItemsOf,
  trashReader,
} from './quarantine/list.js';
export { type PurgeResult, purgeItems } from './quarantine/purge.js';
export { type RestoreResult, restoreItems } from './quarantine/restore.js';
export { pendingRecovery, type RecoveryReport, recover } from './recover.js';
export { AuditLog, type AuditVerdict } from './state/audit.js';
export {
  checkJournalSpace,
  checkSpace,
  hasTrashSpace,
  type SpaceNeed,
} from './state/free-space.js';
export { prepareState } from './state/prepare-state.js';
export { releaseReserve } from './state/reserve.js';
export { requireSameProject, requireSameVolume } from './state/same-volume.js';
export { ensureState, openState, runIds, type SweepState } from './state/state.js';
