/** Why something that the user named can't be removed, or only partly. */
export interface Obstacle {
  readonly reference: string;
  readonly why: string;
  readonly remedy: string;
  /** `facts`: its repository does not allow it. `part`: it belongs to an index that is kept. */
  readonly kind: 'facts' | 'part';
}
