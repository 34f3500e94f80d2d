/** The sweep: the only part that changes the disk. */
export { Allocation } from './allocation.js';
export { AuditLog, type AuditVerdict } from './audit.js';
export { BATCH_SIZE } from './batches.js';
export { type DamagedRun, isUsable, problemOf } from './damage.js';
export {
  type ExecuteInput,
  execute,
  type Referenced,
  type Remark,
} from './execute.js';
export {
  listRuns,
  partsOf,
  type RunSummary,
  salvageable,
  trashItems,
  trashItemsOf,
  trashReader,
} from './list.js';
export { type PurgeInput, type PurgeResult, purge } from './purge.js';
export type { ItemRecord, RunRecord as TrashRun } from './records.js';
export { pendingRecovery, type RecoveryReport, recover, type SettledRun } from './recover.js';
export { type RestoreInput, type RestoreResult, restore } from './restore.js';
export type { Selection } from './select.js';
export { checkSpace, type SpaceNeed } from './space.js';
export { ensureState, isRunId, openState, runIds, type SweepState } from './state.js';
export type { Capped, Conflict, KindCounts, Skipped, SweepResult, TrashItem } from './types.js';
export { usageOf } from './usage.js';
