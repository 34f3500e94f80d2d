/**
 * The library: read a storage tree, mark what lives, list what could go. Nothing here changes
 * the tree; that takes the command line, which sees to it that nobody else writes.
 */

export { FINDINGS, type Finding, type FindingCode, type Severity } from './facts/findings.js';
export { type ReadOptions, readFacts } from './facts/read.js';
export {
  digestOf,
  type Facts,
  NO_NODE,
  type Node,
  nodeOf,
  type RepositoryFacts,
} from './facts/types.js';
export { markDefaults } from './graph/defaults.js';
export { type Explanation, explain, type Question } from './graph/explain.js';
export { mark } from './graph/mark.js';
export { type AgeGroup, ageGroups, type TagUsage, tagUsage } from './graph/tags.js';
export {
  type MarkOptions,
  type Marks,
  NO_REMOVALS,
  type Removals,
  type RepositoryUsage,
} from './graph/types.js';
export { usage } from './graph/usage.js';
export { type Actions, planActions as buildPlan } from './plan/build.js';
export { ACTION_KINDS, type Action, type ActionKind } from './plan/types.js';
export { type Digest, parseDigest } from './storage/digest.js';
export type { StorageReader, StorageTree } from './storage/port.js';
export { openTree } from './storage/tree.js';
export { type ErrorCode, EXIT, exitCodeOf, RegsweepError } from './util/errors.js';
