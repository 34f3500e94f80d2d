/** A fast hash of a tree's state. Two scans of an unchanged tree have the same hash. */
import type { Facts } from '../../facts/types.js';

/** @returns 64 bits in hex, over each blob's digest, size and age, and over each link */
export function fingerprintOf(facts: Facts): string {
  const mix = new Mix();
  for (const { digests, size, newest } of facts.blobs.shards) {
    mix.bytes(digests);
    for (const value of size) mix.number(value);
    mix.words(newest);
  }
  for (const { name, tags, revisions, layers, uploads } of facts.repositories) {
    mix.text(name);
    for (const tag of tags.names) mix.text(tag);
    for (const column of [tags.changed, revisions.pushed]) mix.words(column);
    // Only nodes of blobs on the disk: the numbers of others depend on the order of the scan.
    for (const column of [tags.target, revisions.node, revisions.target, layers]) {
      for (const node of column) if (node < facts.blobs.count) mix.word(node);
    }
    mix.words(Uint32Array.of(layers.length, uploads.length));
  }
  return mix.done();
}

/** Two lanes of FNV-1a over 32-bit words. */
class Mix {
  #a = 0x811c9dc5;
  #b = 0x01000193;

  word(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193);
    this.#b = Math.imul(this.#b ^ (value + 0x9e3779b9), 0x85ebca6b);
    this.#b ^= this.#b >>> 13;
  }

  words(values: Uint32Array): void {
    for (const value of values) this.word(value);
  }

  number(value: number): void {
    this.word(value >>> 0);
    this.word(Math.floor(value / 0x100000000));
  }

  bytes(values: Uint8Array): void {
    for (let i = 0; i < values.length; i += 4) {
      this.word(
        values[i]! | (values[i + 1]! << 8) | (values[i + 2]! << 16) | (values[i + 3]! << 24),
      );
    }
  }

  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
    this.word(0xffff);
  }

  done(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.#a) + hex(this.#b);
  }
}
