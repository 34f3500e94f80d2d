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

/** `against`: speaks against changing the tree; `for`: supports it; `note`: neither, but shown. */
export type Bearing = 'for' | 'against' | 'note';

export interface Evidence {
  readonly kind: EvidenceKind;
  readonly bearing: Bearing;
  readonly message: string;
  readonly pid?: number;
  readonly command?: string;
  readonly container?: string;
  readonly mount?: string;
  /** The shortest way out, ready to paste. */
  readonly remedy?: string;
  /** A nonce, which a command that changes the tree writes, can take it away. */
  readonly undecided?: true;
}

export type GuardState = 'stopped' | 'read-only' | 'read-only-remote' | 'refused';

export interface Verdict {
  readonly state: GuardState;
  readonly evidence: readonly Evidence[];
  /** Registry processes seen alive, with the time they started: they may hold cached descriptors. */
  readonly registries: readonly SeenRegistry[];
  /**
   * Caches of blob descriptors of the registries that were seen to serve this tree, in this look
   * or an earlier one of this command; undefined for one whose configuration isn't known.
   */
  readonly caches: readonly (RegistryCache | undefined)[];
  /** Refused, and nothing stands against but what a nonce can decide. */
  readonly undecided?: true;
  /** Registries that a nonce has shown to serve a copy of this tree. */
  readonly copies?: ReadonlySet<string>;
  /** Where each registry URL led. */
  readonly addresses?: readonly (string | undefined)[];
}

export interface SeenRegistry {
  readonly pid: number;
  readonly startedAtMs: number;
  /** The same by the kernel's clock, which no correction moves. */
  readonly started?: BootMoment;
  /** Its tags and manifests are Harbor's to decide on. */
  readonly harbor?: true;
}

declare const clearanceBrand: unique symbol;

/**
 * Proof that the guard has itself seen the registry stopped or read-only. Only guard/ makes one
 * (guard/clearance.ts); the executor can't be called without it.
 */
export interface Clearance {
  readonly [clearanceBrand]: true;
  readonly tree: StorageTree;
  readonly state: Exclude<GuardState, 'refused'>;
  readonly verdict: Verdict;
  /** Uploads belong to a registry that is merely read-only. */
  readonly uploadsMovable: boolean;
  /**
   * Looks again at processes, mounts and live answers.
   * @returns the moment (ms) up to which the evidence held
   * @throws RegsweepError `guard-refused` when the state is lost
   */
  renew(): Promise<number>;
}
