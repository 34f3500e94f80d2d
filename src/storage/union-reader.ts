/** Reads several trees as one: the storage tree and quarantined runs. */
import type { Entry, FileContent, FileStat, StorageReader } from './port.js';

export interface UnionLayer {
  readonly reader: StorageReader;
  /** The paths that this layer contributes; undefined: all. */
  readonly covers?: (path: string) => boolean;
}

/** A file is read from the first layer that has it. A folder shows the entries of all layers. */
export class UnionReader implements StorageReader {
  constructor(private readonly layers: readonly UnionLayer[]) {}

  list(path: string): Entry[] | undefined {
    const entries = new Map<string, Entry>();
    let found = false;
    for (const { reader } of this.#covering(path)) {
      const listed = reader.list(path);
      if (listed === undefined) continue;
      found = true;
      for (const entry of listed) if (!entries.has(entry.name)) entries.set(entry.name, entry);
    }
    return found ? [...entries.values()] : undefined;
  }

  names(path: string): string[] | undefined {
    return this.list(path)?.map(({ name }) => name);
  }

  lstat(path: string): FileStat | undefined {
    return this.#first(path, (reader) => reader.lstat(path));
  }

  stat(path: string): FileStat | undefined {
    return this.#first(path, (reader) => reader.stat(path));
  }

  read(path: string, cap: number): FileContent | undefined {
    return this.#first(path, (reader) => reader.read(path, cap));
  }

  takeSymlinks(): string[] {
    return this.layers.flatMap(({ reader }) => reader.takeSymlinks());
  }

  resolve(path: string): string | undefined {
    return this.#first(path, (reader) => reader.resolve(path));
  }

  #first<T>(path: string, ask: (reader: StorageReader) => T | undefined): T | undefined {
    for (const { reader } of this.#covering(path)) {
      const answer = ask(reader);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  #covering(path: string): UnionLayer[] {
    return this.layers.filter(({ covers }) => covers === undefined || covers(path));
  }
}
