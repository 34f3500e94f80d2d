/** What use cases are asked for, with all defaults applied. Ages and windows are in seconds. */

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
  /** The registry's own config.yml. */
  readonly registryConfig: ConfigFile | undefined;
  readonly concurrency: number | undefined;
  /** Globs on repositories' names; none means all. */
  readonly repo: readonly string[];
  /** What is left out of them. */
  readonly exclude: readonly string[];
  readonly stateDir: string | undefined;

  readonly ageBy: 'newest' | 'mtime';
  readonly minAge: number;
  readonly deleteUntagged: boolean;
  readonly allowTagless: boolean;
  /** A file of digests. */
  readonly keepDigests: string | undefined;
  readonly policy: PolicySource | undefined;
  readonly trustMtimes: boolean;
  readonly allowEmpty: boolean;
  readonly orphanSignatures: boolean;
  readonly kinds: ReadonlySet<ActionKind>;
  /** Share of blobs, bytes or one repository's links, 0 to 1. */
  readonly maxDelete: number;
  readonly allowShrunk: boolean;
  readonly allowEmptyTree: boolean;

  /** A plan file. */
  readonly plan: string | undefined;
  readonly besidePlan: BesidePlan;
  /** Plans need a second person's signature. */
  readonly approval: ApprovalRule | undefined;
  /** Signs an approval. */
  readonly key: string | undefined;
  readonly dryRun: boolean;
  readonly delete: boolean;
  /** A folder to which images that go are written first. */
  readonly backup: string | undefined;
  readonly purgeOlderThan: number | undefined;
  readonly details: boolean;
  readonly tags: boolean;
  readonly platform: boolean;
  readonly layers: boolean;
  readonly since: number | undefined;
  readonly top: number | undefined;
  readonly verify: boolean;
  /** Bytes a second. */
  readonly bwlimit: number | undefined;

  readonly stopCommand: string | undefined;
  readonly startCommand: string | undefined;
  readonly commandTimeout: number;
  /** `config`: the registry's configuration names it. */
  readonly flushRedis: RedisAddress | 'config' | undefined;
  /** What caches blob descriptors, for where it can't be seen. */
  readonly cache: RegistryCache | undefined;

  readonly quietWindow: number;
  readonly registryUrls: readonly string[];
  readonly registryUser: string | undefined;
  readonly registryPasswordFile: string | undefined;
  readonly registryCert: string | undefined;
  readonly registryKey: string | undefined;
  readonly registryCa: string | undefined;
  readonly bystanders: readonly Bystander[];

  /** Quarantined runs by id; none means all. */
  readonly run: readonly string[];
  readonly olderThan: number | undefined;
  readonly ref: readonly string[];
}

/** What was given beside a plan file, which brings its own options. */
export interface BesidePlan {
  /** Undefined where nobody gave one. */
  readonly minAge: number | undefined;
  /** Names of options that were given by hand. */
  readonly names: readonly string[];
}
