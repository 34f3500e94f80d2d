/** Files that a single-file bundle contains, because it has no other files beside it. */

export interface Bundled {
  readonly version: string;
  readonly page: { readonly script: string; readonly style: string };
}

/** Defined only by the bundler. */
declare const REGSWEEP_BUNDLED: Bundled | undefined;

export const bundled: Bundled | undefined =
  typeof REGSWEEP_BUNDLED === 'undefined' ? undefined : REGSWEEP_BUNDLED;

declare const REGSWEEP_SELF: string | undefined;

/** The URL of the bundle's code: a file, or a `data:` URL inside the single executable. */
export const bundleUrl: string | undefined =
  typeof REGSWEEP_SELF === 'undefined' ? undefined : REGSWEEP_SELF;
