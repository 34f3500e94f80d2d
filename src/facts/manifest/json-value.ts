/** JSON values as the parsers of manifests return them. */

export class DepthError extends Error {
  override readonly name = 'DepthError';
}

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | RepeatedValue;
}

/** Limits the recursion. No real manifest nests so deep. */
export const MAX_DEPTH = 200;

/** All values of a key that occurs more than once in an object, in order. */
export class RepeatedValue {
  constructor(readonly values: readonly Json[]) {}
}
