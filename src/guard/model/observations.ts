/** What the collectors saw, as plain data: `decide` makes the verdict of it, tests write it by hand. */

import type { RegistryCache } from '../../registry-config/cache-section.js';
import type { BootMoment } from '../../runtime/boot-clock.js';

/** A finding that needs no further judgement: it speaks against, with its remedy. */
export interface Problem {
  readonly message: string;
  readonly remedy?: string;
  readonly pid?: number;
  readonly command?: string;
  readonly mount?: string;
}

/** A process, as far as people need it to find and stop it. */
export interface ProcessName {
  readonly pid: number;
  readonly command: string;
  /** Container id or name, from its control group. */
  readonly container?: string;
  /** systemd's unit, from its control group. */
  readonly unit?: string;
  /** `docker`, `podman`, `kubernetes`, `lxc`: who runs the container. */
  readonly engine?: string;
  /** What its engine tells of the container. */
  readonly named?: ContainerName;
}

/** A container as its engine and people name it. */
export interface ContainerName {
  readonly engine: 'docker' | 'podman';
  readonly id: string;
  readonly name: string;
  /** `unix://PATH`, where the engine's client doesn't find it by itself. */
  readonly host?: string;
  readonly compose?: { readonly project: string; readonly service: string };
  /** systemd's unit that starts it (Podman). */
  readonly unit?: string;
  /** Docker Swarm's service that starts it. */
  readonly swarm?: string;
}

/** A container that mounts the tree or a part of it, running or not, by its engine's API. */
export interface ContainerObservation {
  readonly name: ContainerName;
  /** `running`, `paused`, `restarting`, `exited`, `created`, ... */
  readonly status: string;
  /** Its restart policy. */
  readonly restart: string;
  readonly pid: number;
  /** Its main process is there. */
  readonly isRunning: boolean;
  readonly mounts: readonly HeldMount[];
  readonly nested: readonly NestedMount[];
  /** Of a registry of this tree; undefined where its configuration can't be read. */
  readonly cache?: RegistryCache | undefined;
}

export interface HeldMount {
  /** Where the tree, or a part, stands in that namespace. */
  readonly path: string;
  /** The same place as we see it. */
  readonly hostPath: string;
  readonly writable: boolean;
  readonly via: 'bind' | 'overlay';
}

export interface NamespaceProcess {
  readonly pid: number;
  readonly command: string;
  /** argv[0]'s or the executable's base name, for bystanders. */
  readonly name: string;
  /** SHA-256 of its executable; undefined where that can't be read. */
  readonly sha256?: string;
  readonly executable: 'plain' | 'registry' | 'unreadable';
}

/** A mount namespace, not ours, that holds the tree. */
export interface MountHolder extends ProcessName {
  readonly namespace: string;
  readonly mounts: readonly HeldMount[];
  readonly processes: readonly NamespaceProcess[];
  /** Its root can't be examined: that what it sees is this tree is a guess. */
  readonly unverified?: true;
}

/** A mount inside the tree that only one of two mount namespaces has, ours being one of them. */
export interface NestedMount {
  /** Where it is in the other namespace. */
  readonly path: string;
  /** The same place as we see it. */
  readonly hostPath: string;
  readonly only: 'theirs' | 'ours';
  /** What is mounted, for people. */
  readonly source: string;
  /** A folder of this host that shows the same. */
  readonly hostSource?: string;
}

/** Who sees other mounts inside the tree than we do. */
export interface OtherView {
  readonly holder: MountHolder;
  readonly nested: readonly NestedMount[];
}

/** A process that may write to the tree without being a registry that is known. */
export interface TreeUser extends ProcessName {
  /** `listens`: somebody may ask it to write. `fuse`: it shows the tree as another file system. */
  readonly how: 'listens' | 'fuse';
  /** What it names of the tree, as it sees it. */
  readonly path: string;
  readonly where: string;
  readonly process: NamespaceProcess;
  /** Where its FUSE file system is mounted, as far as its arguments tell. */
  readonly mountPoint?: string;
}

/** A descriptor open for writing beneath the tree. */
export interface WriteDescriptor extends ProcessName {
  readonly path: string;
  readonly beneathUploads: boolean;
}

export interface LiveAnswer {
  readonly state: 'read-only' | 'writable' | 'unknown';
  /** What was asked where, and what came back. */
  readonly detail: string;
  /** It wants a login, and got none that it takes. */
  readonly login?: true;
  /** Nothing was asked: it doesn't listen where its configuration says. */
  readonly listens?: false;
}

/**
 * What a registry that seems to serve another tree answered when it was asked for what this tree
 * has. `elsewhere`: it has nothing of it. `has`: it serves this tree, or a copy. `undecided`: this
 * tree has nothing to ask for. `unasked`: it could not be asked.
 */
export interface ContentAnswer {
  readonly state: 'elsewhere' | 'has' | 'undecided' | 'unasked';
  readonly detail: string;
  readonly login?: true;
  readonly listens?: false;
  /** By what was written to this tree a moment ago, and isn't there. */
  readonly byNonce?: true;
}

export interface RegistryObservation extends ProcessName {
  /** Tells it from every other process that this host runs, one with the same pid later too. */
  readonly key?: string;
  readonly startedAtMs: number;
  /** The same by the kernel's clock. */
  readonly started?: BootMoment;
  /** By its configuration, which may speak against it and never for it. */
  readonly serves: 'this-tree' | 'another-tree' | 'no-filesystem' | 'unknown';
  /** Its rootdirectory, or why it isn't known. */
  readonly detail: string;
  /** Type of the filesystem that its root lies on, where it is none that we can vouch for. */
  readonly foreignFilesystem?: string;
  /** It sees its root through a writable mount. */
  readonly mountWritable: boolean;
  readonly readOnlyByConfig: boolean;
  /** The setting that was tried and that the registry ignores. */
  readonly ignoredSetting?: string;
  /**
   * Changed after the process had started, so that what it read isn't known; `at-start`: so soon
   * that its own start script may have written it.
   */
  readonly configEdited: false | 'at-start' | 'since';
  /** It asks for a client's certificate. */
  readonly clientCertificate?: boolean;
  readonly cache: boolean;
  readonly harbor: boolean;
  readonly live?: LiveAnswer;
  readonly content?: ContentAnswer;
  /** Its cache of blob descriptors; undefined where its configuration can't be read. */
  readonly descriptors?: RegistryCache;
}

export interface RemoteObservation {
  /** Every URL answered as read-only and, as far as it was asked for, served this tree. */
  readonly confirmed: boolean;
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
  /** Where each URL led, by its index: it must lead there at every later look. */
  readonly addresses: readonly (string | undefined)[];
}

export interface Bystander {
  readonly command: string;
  readonly sha256: string;
}

export interface Observations {
  /** Reasons why we don't see every process of the host. */
  readonly view: readonly Problem[];
  /** Nothing else was looked at: it would not tell anything. */
  readonly blind?: true;
  readonly foreignMetadata: readonly Problem[];
  readonly filesystem: readonly Problem[];
  readonly exports: readonly Problem[];
  readonly holders: readonly MountHolder[];
  readonly writers: readonly WriteDescriptor[];
  /** By the engines' APIs. */
  readonly containers: readonly ContainerObservation[];
  /** Engines that can't be asked. */
  readonly engineNotes: readonly string[];
  /** Of now, and of earlier in this command. */
  readonly views: readonly OtherView[];
  readonly users: readonly TreeUser[];
  readonly registries: readonly RegistryObservation[];
  readonly bystanders: readonly Bystander[];
  /** Caches of registries of this tree that were seen, now or earlier in this command. */
  readonly caches: readonly (RegistryCache | undefined)[];
  readonly remote?: RemoteObservation;
}
