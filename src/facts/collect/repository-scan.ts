/** Types and helpers for collecting the parts of a repository: tags, revisions, layer links. */

import type { Digest } from '../../storage/digest.js';
import { FINDINGS, type Finding } from '../findings.js';
import type { ResultOf, Task } from '../pool/tasks.js';
import type { LinkDepth } from '../scan/layers.js';
import type { Node } from '../types.js';
import type { Collector, Resolver } from './collector.js';

/** The combined state of a repository, from the scans of its parts. */
export interface Condition {
  damage: string | undefined;
  immovable: string | undefined;
  foreign: boolean;
  /** A part could not be read. */
  unseen: boolean;
}

/**
 * A folder that could not be listed may contain anything, so its repository does not count as
 * empty.
 */
export const isPartlyUnseen = (findings: readonly Finding[]): boolean =>
  findings.some(({ code }) => FINDINGS[code].severity === 'unsafe');

/**
 * Adds the result of one scan to the state of its repository.
 * @param where the scanned part, for the reason why it can't be moved
 */
export function merge(
  condition: Condition,
  scan: {
    readonly damage: string | undefined;
    readonly isImmovable: boolean;
    readonly foreign: boolean;
    readonly findings: readonly Finding[];
  },
  where: string,
): void {
  condition.damage = first(condition.damage, scan.damage);
  condition.foreign ||= scan.foreign;
  condition.unseen ||= isPartlyUnseen(scan.findings);
  if (scan.isImmovable) {
    const reason = `${where} contains a symbolic link or another filesystem`;
    condition.immovable = first(condition.immovable, reason);
  }
}

/** The one that sorts first, in whatever order the threads finish. */
function first(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** Pairs of nodes: a reference to the first is also a reference to the second. */
export type Aliases = [from: Node, to: Node][];

export interface Depth {
  readonly links: LinkDepth;
  /** Read what tags pointed to before. */
  readonly history: boolean;
}

/** The collector of the repository that a part belongs to. */
export interface ScanOwner {
  readonly collector: Collector;
  readonly depth: Depth;
  readonly aliases: Aliases;
  readonly resolver: Resolver;
  /** Keeps digests found in damaged links as roots, whatever they are. */
  keep(digests: readonly Digest[]): void;
  run<T extends Task>(task: T): Promise<ResultOf<T>>;
}
