/**
 * Sums sizes of files. Each inode counts once, so the sum is exactly what removing these names
 * frees.
 */

export interface FileSize {
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  readonly blocks: number;
}

/** Sums the sizes of files that are to be removed, name by name. */
export class Allocation {
  bytes = 0;
  /** Allocated bytes of the files whose names were all added. */
  diskBytes = 0;
  /** Allocated bytes of folders, not included in `diskBytes`. */
  folderDiskBytes = 0;
  /** Created for the first hard link, since most sums are of one file. */
  #shared: Map<string, number> | undefined;

  addFolder({ blocks }: Pick<FileSize, 'blocks'>): void {
    this.folderDiskBytes += blocks * 512;
  }

  add(file: FileSize): void {
    if (file.nlink <= 1) {
      this.bytes += file.size;
      this.diskBytes += file.blocks * 512;
      return;
    }
    const key = `${file.dev}:${file.ino}`;
    this.#shared ??= new Map();
    const names = (this.#shared.get(key) ?? 0) + 1;
    this.#shared.set(key, names);
    if (names === 1) this.bytes += file.size;
    if (names === file.nlink) this.diskBytes += file.blocks * 512;
  }
}
