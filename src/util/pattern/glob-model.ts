/** A parsed glob: one list of nodes for each part between slashes. */

export type GlobNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly has: (char: string) => boolean }
  | {
      readonly kind: 'group';
      /**
       * `?` zero or one, `@` exactly one, `*` any number, `+` one or more, `!` none of the choices.
       */
      readonly sign: '?' | '@' | '*' | '+' | '!';
      readonly choices: readonly (readonly GlobNode[])[];
    };

/** `**` matches any number of parts, including zero. */
export type GlobPart = '**' | readonly GlobNode[];

/**
 * The names that a pattern is for. Repository names have parts separated by slashes; tags have no
 * slash.
 */
export type Subject = 'repository' | 'tag';
