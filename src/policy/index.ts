/** Retention: which images of a repository go, and why. Pure; it never touches the disk. */
export {
  type DecideAllOptions,
  decideAll,
  needsCreationTimes,
  type PreviewRow,
  previewOf,
  type RepositoryDecisions,
  removalsFrom,
} from './apply.js';
export { decide, EQUAL_TIMES, entryFor, goesByPushTimes } from './decide.js';
export { type CreationTimes, imagesOf } from './images.js';
export { lintPolicy, type PolicyWarning } from './lint.js';
export {
  type NamedRemovals,
  namedRemovals,
  type Obstacle,
} from './named.js';
export { type OrphanOptions, orphanRemovals } from './orphans.js';
export { anyOf } from './removals.js';
export { subjectOfTag } from './tags.js';
export { type Missing, type Named, type Resolved, resolveTargets, type Target } from './targets.js';
export { mostTimesEqual, suspiciousTimes } from './times.js';
export type * from './types.js';
