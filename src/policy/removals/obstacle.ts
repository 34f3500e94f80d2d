/** What stands against a removal that somebody asked for. */

/** Something that was named and can't go, or not whole. */
export interface Obstacle {
  readonly reference: string;
  readonly why: string;
  readonly remedy: string;
  /** `facts`: its repository doesn't allow it. `part`: it is part of something that stays. */
  readonly kind: 'facts' | 'part';
}
