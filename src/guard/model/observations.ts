/** The collectors' results as plain data. `decide` computes the verdict from them. */

import type { RegistryCache } from '../../registry-config/cache-section.js';
import type { BootMoment } from '../../runtime/boot-clock.js';

/** An observation that always forbids changing the tree, with its remedy. */
export interface Problem {
  readonly message: string;
  readonly remedy?: string;
  readonly pid?: number;
  readonly command?: string;
  readonly mount?: string;
}

/** What people need to know of a process to find and stop it. */
export interface ProcessName {
  readonly pid: number;
  readonly command: string;
  /** Container id or name, from its control group. */
  readonly container?: string;
  /** systemd unit, from its control group. */
  readonly unit?: string;
  /** `docker`, `podman`, `kubernetes`, `lxc`: who runs the container. */
  readonly engine?: string;
  /** The container's name, from its engine's API. */
  readonly named?: ContainerName;
}

/** A container's identifiers, from its engine's API. */
export interface ContainerName {
  readonly engine: 'docker' | 'podman';
  readonly id: string;
  readonly name: string;
  /** `unix://PATH` of the engine's socket, if it is not the client's default. */
  readonly host?: string;
  readonly compose?: { readonly project: string; readonly service: string };
  /** systemd unit that starts it (Podman). */
  readonly unit?: string;
  /** Docker Swarm service that starts it. */
  readonly swarm?: string;
}

/** A container, running or not, that mounts the tree or a part of it, from its engine's API. */
export interface ContainerObservation {
  readonly name: ContainerName;
  /** The engine's word: `running`, `paused`, `restarting`, `exited`, `created`, ... */
  readonly status: string;
  /** Its restart policy, such as `no`, `always` or `unless-stopped`. */
  readonly restart: string;
  readonly pid: number;
  /** Its main process exists now. */
  readonly isRunning: boolean;
  readonly mounts: readonly HeldMount[];
  readonly nested: readonly NestedMount[];
  /** Present for a registry of this tree; undefined if its configuration can't be read. */
  readonly cache?: RegistryCache | undefined;
}

export interface HeldMount {
  /** Path of the tree, or of a part of it, in that namespace. */
  readonly path: string;
  /** The same folder's path in our namespace. */
  readonly hostPath: string;
  readonly writable: boolean;
  readonly via: 'bind' | 'overlay';
}

export interface NamespaceProcess {
  readonly pid: number;
  readonly command: string;
  /** Base name of argv[0], or else the kernel's name of the process. Bystanders are named by it. */
  readonly name: string;
  /** SHA-256 of its executable in hex; undefined if that can't be read. */
  readonly sha256?: string;
  readonly executable: 'plain' | 'registry' | 'unreadable';
}

/** A mount namespace, not ours, in which the tree is mounted. */
export interface MountHolder extends ProcessName {
  readonly namespace: string;
  readonly mounts: readonly HeldMount[];
  readonly processes: readonly NamespaceProcess[];
  /** Its root can't be examined, so it isn't certain that it sees this tree. */
  readonly unverified?: true;
}

/** A mount inside the tree that either our namespace or another one lacks. */
export interface NestedMount {
  /** Its path in the other namespace. */
  readonly path: string;
  /** The same folder's path in our namespace. */
  readonly hostPath: string;
  /** Which of the two namespaces has the mount. */
  readonly only: 'theirs' | 'ours';
  /** What is mounted there, for messages. */
  readonly source: string;
  /** A path at which this host has the same folder. */
  readonly hostSource?: string;
}

/** A mount namespace that has other mounts inside the tree than ours. */
export interface OtherView {
  readonly holder: MountHolder;
  readonly nested: readonly NestedMount[];
}

/** A process that may write to the tree and isn't recognised as a registry. */
export interface TreeUser extends ProcessName {
  /** `listens`: its clients may make it write. `fuse`: it serves the tree as another filesystem. */
  readonly how: 'listens' | 'fuse';
  /** The path in the tree that it names, in its own namespace. */
  readonly path: string;
  readonly where: string;
  readonly process: NamespaceProcess;
  /** Where its FUSE filesystem is mounted, if its arguments name the mount point. */
  readonly mountPoint?: string;
}

/** A file descriptor that is open for writing below the tree. */
export interface WriteDescriptor extends ProcessName {
  readonly path: string;
  readonly beneathUploads: boolean;
}

export interface LiveAnswer {
  readonly state: 'read-only' | 'writable' | 'unknown';
  /** The request, its address and the answer, for messages. */
  readonly detail: string;
  /** The registry requires a login and accepted none. */
  readonly login?: true;
  /** False: no request was sent, since the process doesn't listen at its configured address. */
  readonly listens?: false;
}

/**
 * The answer of a registry that seems to serve another tree, when it was asked for content of this
 * tree. `elsewhere`: it has none of it. `has`: it has the same content, so it serves this tree or a
 * copy. `undecided`: this tree has no content to ask for. `unasked`: it could not be asked.
 */
export interface ContentAnswer {
  readonly state: 'elsewhere' | 'has' | 'undecided' | 'unasked';
  readonly detail: string;
  readonly login?: true;
  readonly listens?: false;
  /** Decided by a nonce: a blob that regsweep wrote to this tree for this request. */
  readonly byNonce?: true;
}

export interface RegistryObservation extends ProcessName {
  /** Identifies the process on this host, and differs from a later process with the same pid. */
  readonly key?: string;
  readonly startedAtMs: number;
  /** The same moment by the kernel's clock. */
  readonly started?: BootMoment;
  /** By its configuration, which can refuse the run but never clear the registry. */
  readonly serves: 'this-tree' | 'another-tree' | 'no-filesystem' | 'unknown';
  /** Its rootdirectory, or why it is unknown. */
  readonly detail: string;
  /** Type of the filesystem below its root, if that is not one of the allowed local types. */
  readonly foreignFilesystem?: string;
  /** The mount through which it sees its root is writable. */
  readonly mountWritable: boolean;
  readonly readOnlyByConfig: boolean;
  /** A read-only setting in its environment that the registry ignores. */
  readonly ignoredSetting?: string;
  /**
   * `since`: the configuration changed after the process had started, so it is unknown which one
   * the process read. `at-start`: it changed so soon after the start that the start script may have
   * written it.
   */
  readonly configEdited: false | 'at-start' | 'since';
  /** It requires a client certificate. */
  readonly clientCertificate?: boolean;
  readonly cache: boolean;
  readonly harbor: boolean;
  readonly live?: LiveAnswer;
  readonly content?: ContentAnswer;
  /** Its cache of blob descriptors; undefined if its configuration can't be read. */
  readonly descriptors?: RegistryCache;
}

export interface RemoteObservation {
  /** Every URL answered as read-only, and served this tree if the nonce was written. */
  readonly confirmed: boolean;
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
  /**
   * The address of each URL, by the URL's index. Later inspections must find the same addresses.
   */
  readonly addresses: readonly (string | undefined)[];
}

export interface Bystander {
  readonly command: string;
  readonly sha256: string;
}

export interface Observations {
  /** Reasons why some processes of the host may be hidden from us. */
  readonly view: readonly Problem[];
  /** Nothing else was inspected, since `view` made every other observation meaningless. */
  readonly blind?: true;
  readonly foreignMetadata: readonly Problem[];
  readonly filesystem: readonly Problem[];
  readonly exports: readonly Problem[];
  readonly holders: readonly MountHolder[];
  readonly writers: readonly WriteDescriptor[];
  /** From the engines' APIs. */
  readonly containers: readonly ContainerObservation[];
  /** Messages about engines that could not be asked. */
  readonly engineNotes: readonly string[];
  /** Seen now or earlier in this command. */
  readonly views: readonly OtherView[];
  readonly users: readonly TreeUser[];
  readonly registries: readonly RegistryObservation[];
  readonly bystanders: readonly Bystander[];
  /** Caches of the registries that were seen to serve this tree, now or earlier in this command. */
  readonly caches: readonly (RegistryCache | undefined)[];
  readonly remote?: RemoteObservation;
}
