/** The kinds of removals, in the order of execution: a reference is removed before its target. */
export const ACTION_KINDS = [
  'tag',
  'tag-history',
  'revision',
  'layer-link',
  'upload',
  'blob',
  'empty-directory',
  'repository',
] as const;

export type ActionKind = (typeof ACTION_KINDS)[number];
