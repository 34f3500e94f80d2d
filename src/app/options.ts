/** Options of use cases, with all defaults applied. Ages and windows are in seconds. */

import type { ActionKind } from '../graph/action-kinds.js';
import type { Bystander } from '../guard/model/observations.js';
import type { RegistryCache } from '../registry-config/cache-section.js';
import type { ConfigFile } from '../registry-config/own-config.js';
import type { RedisAddress } from '../registry-config/redis-address.js';
import type { ApprovalRule } from './approval/rule.js';
import type { PolicySource } from './select/policy-source.js';

export interface Options {
  /** The registry's rootdirectory, or its `docker/registry/v2`. */
  readonly root: string;
  /** Path of the registry's config.yml. */
  readonly registryConfig: ConfigFile | undefined;
  readonly concurrency: number | undefined;
  /** Globs for repository names; an empty list includes all. */
  readonly repo: readonly string[];
  /** Globs for repositories to exclude. */
  readonly exclude: readonly string[];
  readonly stateDir: string | undefined;

  readonly ageBy: 'newest' | 'mtime';
  readonly minAge: number;
  readonly deleteUntagged: boolean;
  readonly allowTagless: boolean;
  /** Path of a file with digests and images. */
  readonly keepDigests: string | undefined;
  readonly policy: PolicySource | undefined;
  readonly trustMtimes: boolean;
  readonly allowEmpty: boolean;
  readonly orphanSignatures: boolean;
  readonly kinds: ReadonlySet<ActionKind>;
  /** Share of the blobs, of the bytes, or of one repository's links, 0 to 1. */
  readonly maxDelete: number;
  readonly allowShrunk: boolean;
  readonly allowEmptyTree: boolean;

  /** Path of a plan file. */
  readonly plan: string | undefined;
  readonly besidePlan: BesidePlan;
  /** Plans need a second person's signature. */
  readonly approval: ApprovalRule | undefined;
  /** Signs an approval. */
  readonly key: string | undefined;
  readonly dryRun: boolean;
  readonly delete: boolean;
  /** Folder to which removed images are written first. */
  readonly backup: string | undefined;
  readonly purgeOlderThan: number | undefined;
  readonly details: boolean;
  readonly tags: boolean;
  readonly platform: boolean;
  readonly layers: boolean;
  readonly since: number | undefined;
  readonly top: number | undefined;
  readonly verify: boolean;
  /** Bytes per second. */
  readonly bwlimit: number | undefined;

  readonly stopCommand: string | undefined;
  readonly startCommand: string | undefined;
  readonly commandTimeout: number;
  /** `config`: the server that the registry's configuration names. */
  readonly flushRedis: RedisAddress | 'config' | undefined;
  /** The descriptor cache, for cases in which it can't be detected. */
  readonly cache: RegistryCache | undefined;

  readonly quietWindow: number;
  readonly registryUrls: readonly string[];
  readonly registryUser: string | undefined;
  readonly registryPasswordFile: string | undefined;
  readonly registryCert: string | undefined;
  readonly registryKey: string | undefined;
  readonly registryCa: string | undefined;
  readonly bystanders: readonly Bystander[];

  /** IDs of quarantined runs; an empty list means all. */
  readonly run: readonly string[];
  readonly olderThan: number | undefined;
  readonly ref: readonly string[];
}

/** Options given together with a plan file, which has its own options. */
export interface BesidePlan {
  /** Undefined if it was not given. */
  readonly minAge: number | undefined;
  /** Names of options given on the command line. */
  readonly names: readonly string[];
}
