export type NewHash = () => Hash;

/** An incremental SHA-256. It is passed as an argument to layers without node built-ins. */
export interface Hash {
  update(text: string): void;
  /** @returns 32 bytes */
  digest(): Uint8Array;
}
