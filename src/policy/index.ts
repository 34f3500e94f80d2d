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
export { decide, entryFor } from './decide.js';
export { type CreationTimes, imagesOf } from './images.js';
export { lintPolicy, type PolicyWarning } from './lint.js';
export { parsePolicy } from './parse.js';
export { suspiciousTimes } from './times.js';
export type * from './types.js';
