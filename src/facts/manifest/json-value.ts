/** What the parser of manifests makes of JSON. */

export class DepthError extends Error {
  override readonly name = 'DepthError';
}

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | Several;
}

/** Deeper than any manifest; a bound on our own stack. */
export const MAX_DEPTH = 200;

/** The values of a key that came more than once, in order. */
export class Several {
  constructor(readonly values: readonly Json[]) {}
}
