/** The kinds of what can be removed. */

/** In the order of execution: references go before what they refer to. */
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
