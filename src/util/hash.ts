/** A running hash, passed to what has no node built-ins. */

export type NewHash = () => Hash;

/** SHA-256, passed in: this stage has no node built-ins. */
export interface Hash {
  update(text: string): void;
  /** 32 bytes. */
  digest(): Uint8Array;
}
