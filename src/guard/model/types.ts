/** Evidence about who could write to the tree, and the clearance that the sweep needs. */

import type { RegistryCache } from '../../registry-config/cache-section.js';
import type { BootMoment } from '../../runtime/boot-clock.js';
import type { StorageTree } from '../../storage/port.js';

export type EvidenceKind =
  | 'view'
  | 'foreign-metadata'
  | 'filesystem'
  | 'export'
  | 'process'
  | 'mount'
  | 'nested-mount'
  | 'container'
  | 'descriptor'
  | 'live-answer'
  | 'config'
  | 'bystander'
  | 'fingerprint'
  | 'remote';

/** `against`: forbids changing the tree; `for`: supports it; `note`: neither, only shown. */
export type Bearing = 'for' | 'against' | 'note';

export interface Evidence {
  readonly kind: EvidenceKind;
  readonly bearing: Bearing;
  readonly message: string;
  readonly pid?: number;
  readonly command?: string;
  readonly container?: string;
  readonly mount?: string;
  /** What resolves it, one option a line; commands are ready to paste. */
  readonly remedy?: string;
  /** A nonce can refute it. Only commands that change the tree write one. */
  readonly undecided?: true;
}

export type GuardState = 'stopped' | 'read-only' | 'read-only-remote' | 'refused';

export interface Verdict {
  readonly state: GuardState;
  readonly evidence: readonly Evidence[];
  /** Running registry processes that serve this tree. They may cache descriptors of its blobs. */
  readonly registries: readonly SeenRegistry[];
  /**
   * Descriptor caches of the registries that were seen to serve this tree, now or earlier in this
   * command; undefined for a registry whose configuration is unknown.
   */
  readonly caches: readonly (RegistryCache | undefined)[];
  /** The state is refused, and a nonce can refute all evidence against. */
  readonly undecided?: true;
  /** Keys of the registries that serve a copy of this tree, as a nonce has shown. */
  readonly copies?: ReadonlySet<string>;
  /** The address of each registry URL, by its index. */
  readonly addresses?: readonly (string | undefined)[];
}

export interface SeenRegistry {
  readonly pid: number;
  readonly startedAtMs: number;
  /** The same moment by the kernel's clock, which clock corrections don't change. */
  readonly started?: BootMoment;
  /** It is Harbor's registry: Harbor's database decides which tags and manifests are used. */
  readonly harbor?: true;
}

declare const clearanceBrand: unique symbol;

/**
 * Proof that the guard has seen the registry stopped or read-only. Only guard/clearance.ts makes
 * one, and the executor requires one.
 */
export interface Clearance {
  readonly [clearanceBrand]: true;
  readonly tree: StorageTree;
  readonly state: Exclude<GuardState, 'refused'>;
  readonly verdict: Verdict;
  /** False if the registry is only read-only: its uploads must not be moved. */
  readonly uploadsMovable: boolean;
  /**
   * Inspects processes, mounts and live answers again.
   * @returns the moment, in ms since the epoch, up to which the evidence is valid
   * @throws RegsweepError `guard-refused` if the state has changed
   */
  renew(): Promise<number>;
}
