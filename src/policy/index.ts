/** Retention: decides which images of a repository expire, and why. Pure. */

export { convertPolicy } from './convert/index.js';
export { lintPolicy } from './file/lint.js';
export type * from './model/types.js';
export {
  type DecideAllOptions,
  decideAll,
  neededPullSpan as pullsWanted,
  needsCreationTimes,
  needsPulls,
  type PreviewRow,
  previewOf,
  type RepositoryDecisions,
  removalsFrom,
} from './removals/decide-all.js';
export { overLimit } from './removals/limit.js';
export {
  type NamedRemovals,
  namedRemovals,
} from './removals/named.js';
export { orphanRemovals } from './removals/orphans.js';
export { anyOf } from './removals/removals.js';
export {
  type MissingTarget,
  type Named,
  resolveTargets,
  type Target,
} from './removals/targets.js';
export { treeWarnings } from './removals/tree-warnings.js';
export { decideImages, EQUAL_TIMES, entryFor, goesByPushTimes } from './rules/decide.js';
export { imagesOf } from './rules/images.js';
export { subjectOfTag } from './rules/tags.js';
export { mostTimesEqual } from './rules/times.js';
