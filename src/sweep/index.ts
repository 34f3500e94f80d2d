/** The sweep: moves items of the storage tree to quarantine, restores them and deletes them. */
export { Allocation } from '../util/disk/file-sizes.js';
export { execute } from './execute.js';
export { type DamagedRun, damageOf, hasNoJournal, isUsable } from './journal/damaged-runs.js';
export type { ItemRecord, RunRecord as TrashRun } from './journal/records.js';
export { BATCH_SIZE } from './model/batch-size.js';
export type { ExecuteInput, Referenced, Remark } from './model/input.js';
export type {
  Capped,
  Conflict,
  KindCounts,
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
export { type PurgeInput, type PurgeResult, purgeItems } from './quarantine/purge.js';
export { type RestoreInput, type RestoreResult, restoreItems } from './quarantine/restore.js';
export type { RestoreSelection } from './quarantine/select.js';
export { usageOf } from './quarantine/usage.js';
export { pendingRecovery, type RecoveryReport, recover, type SettledRun } from './recover.js';
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
export { ensureState, isRunId, openState, runIds, type SweepState } from './state/state.js';
