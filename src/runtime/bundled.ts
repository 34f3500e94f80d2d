/** What a single-file bundle carries along, since it has no files beside it. */

export interface Bundled {
  readonly version: string;
  readonly page: { readonly script: string; readonly style: string };
}

/** Set by the bundler, and nowhere else. */
declare const REGSWEEP_BUNDLED: Bundled | undefined;

export const bundled: Bundled | undefined =
  typeof REGSWEEP_BUNDLED === 'undefined' ? undefined : REGSWEEP_BUNDLED;

declare const REGSWEEP_SELF: string | undefined;

/** The bundle's own code: a file, or a `data:` URL within the single executable. */
export const bundleUrl: string | undefined =
  typeof REGSWEEP_SELF === 'undefined' ? undefined : REGSWEEP_SELF;
