/** The report of `find`. */

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
  readonly container?: string;
  readonly engine?: string;
  readonly unit?: string;
}

export interface FoundTree {
  /** The rootdirectory, as the other commands take it. */
  readonly root: string;
  /** How it was found. `registry`: a running registry process uses it. */
  readonly origin: 'registry' | 'docker volume' | 'podman volume' | 'folder';
  readonly filesystem: { readonly bytes: number; readonly freeBytes: number };
  readonly servedBy: readonly FoundProcess[];
}

export interface FindReport {
  readonly schemaVersion: 1;
  readonly trees: readonly FoundTree[];
  /**
   * Registries whose tree has no path on this host. `rootDirectory` is a path in their container.
   */
  readonly unreachable: readonly (FoundProcess & { readonly rootDirectory: string })[];
  readonly notes: readonly string[];
}
