/** A glob that was read: one list of nodes for each part between slashes. */

export type GlobNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly has: (char: string) => boolean }
  | {
      readonly kind: 'group';
      /** `?` none or one, `@` one, `*` any number, `+` one or more, `!` anything but these. */
      readonly sign: '?' | '@' | '*' | '+' | '!';
      readonly choices: readonly (readonly GlobNode[])[];
    };

/** `**` stands for any number of parts, none included. */
export type GlobPart = '**' | readonly GlobNode[];

/** What names a pattern is for: repositories have parts with slashes between, tags have none. */
export type Subject = 'repository' | 'tag';
