/** What the parts of a repository's scan share: tags, revisions and layer links. */

import type { Digest } from '../../storage/digest.js';
import { FINDINGS, type Finding } from '../findings.js';
import type { ResultOf, Task } from '../pool/tasks.js';
import type { LinkDepth } from '../scan/layers.js';
import type { Node } from '../types.js';
import type { Collector, Resolver } from './collector.js';

/** What several scans of one repository agree on. */
export interface Condition {
  damage: string | undefined;
  immovable: string | undefined;
  foreign: boolean;
  /** Part of it could not be read. */
  unseen: boolean;
}

/** What could not be listed may hold anything, so the repository is not empty. */
export const isPartlyUnseen = (findings: readonly Finding[]): boolean =>
  findings.some(({ code }) => FINDINGS[code].severity === 'unsafe');

export function merge(
  condition: Condition,
  scan: {
    readonly damage: string | undefined;
    readonly fixed: boolean;
    readonly foreign: boolean;
    readonly findings: readonly Finding[];
  },
  where: string,
): void {
  condition.damage ??= scan.damage;
  condition.foreign ||= scan.foreign;
  condition.unseen ||= isPartlyUnseen(scan.findings);
  if (scan.fixed) condition.immovable ??= `${where} holds a symbolic link or another filesystem`;
}

/** Pairs of nodes: who refers to the first also needs the second. */
export type Aliases = [from: Node, to: Node][];

export interface Depth {
  readonly links: LinkDepth;
  /** What tags pointed to before. */
  readonly history: boolean;
}

/** Who collects the repository that a part belongs to. */
export interface ScanOwner {
  readonly collector: Collector;
  readonly depth: Depth;
  readonly aliases: Aliases;
  readonly resolver: Resolver;
  /** Digests that damaged links seem to name: roots, whatever they are. */
  keep(digests: readonly Digest[]): void;
  run<T extends Task>(task: T): Promise<ResultOf<T>>;
}
