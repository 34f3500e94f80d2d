/** Reads /proc. Distinguishes "gone" from "denied": only "denied" makes our view incomplete. */
import fs from 'node:fs';
import { nameFromBytes } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';

/** The process or entry doesn't exist any more. */
export const GONE: unique symbol = Symbol('gone');
/** The entry exists and can't be read. */
export const DENIED: unique symbol = Symbol('denied');
export type ProcMissing = typeof GONE | typeof DENIED;
export type ProcResult<T> = T | ProcMissing;

export function isSeen<T>(value: ProcResult<T>): value is T {
  return value !== GONE && value !== DENIED;
}

/**
 * Runs a system call.
 * @returns GONE if the entry is missing, DENIED on any other system error
 * @throws errors that are no system errors
 */
export function attempt<T>(call: () => T): ProcResult<T> {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ESRCH' || errno === 'ENOTDIR') return GONE;
    if (errno === undefined) throw error;
    return DENIED;
  }
}

export interface ProcStat {
  readonly comm: string;
  readonly state: string;
  readonly parent: number;
  readonly kernelThread: boolean;
  readonly startTicks: number;
}

const PF_KTHREAD = 0x00200000;

/** Parses `/proc/<pid>/stat`. The command in it may contain spaces and brackets. */
export function parseStat(text: string): ProcStat {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    comm: text.slice(open + 1, close),
    state: fields[0] ?? '?',
    parent: Number(fields[1]),
    kernelThread: (Number(fields[6]) & PF_KTHREAD) !== 0,
    startTicks: Number(fields[19]),
  };
}

/** `dev:ino`, the identity of a file. */
export type FileId = string;

/** A descriptor of a process and what it leads to. */
export interface OpenFile {
  readonly fd: string;
  readonly path: string;
}

/** Reads entries of `/proc/<id>`; `id` is a pid, or `<pid>/task/<tid>` for a thread. */
export class Proc {
  readonly #openFiles = new Map<number | string, ProcResult<readonly OpenFile[]>>();

  constructor(readonly root: string = '/proc') {}

  pids(): number[] {
    return fs
      .readdirSync(this.root)
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number);
  }

  path(id: number | string, name: string): string {
    return `${this.root}/${id}/${name}`;
  }

  text(id: number | string, name: string): ProcResult<string> {
    return attempt(() => readText(this.path(id, name)));
  }

  link(id: number | string, name: string): ProcResult<string> {
    return attempt(() => readLink(this.path(id, name)));
  }

  list(id: number | string, name: string): ProcResult<string[]> {
    return attempt(() => fs.readdirSync(this.path(id, name)));
  }

  /** The open descriptors, read once for each `Proc`: each inspection makes its own. */
  openFiles(id: number | string): ProcResult<readonly OpenFile[]> {
    let found = this.#openFiles.get(id);
    if (found === undefined) {
      const fds = this.list(id, 'fd');
      found = isSeen(fds) ? fds.flatMap((fd) => this.#openFile(id, fd)) : fds;
      this.#openFiles.set(id, found);
    }
    return found;
  }

  #openFile(id: number | string, fd: string): OpenFile[] {
    const path = this.link(id, `fd/${fd}`);
    return isSeen(path) ? [{ fd, path }] : [];
  }

  /** Identity of the file that a path leads to. Follows symbolic links. */
  fileId(id: number | string, name: string): ProcResult<FileId> {
    return attempt(() => fileIdOf(this.path(id, name)));
  }

  stat(id: number | string): ProcResult<ProcStat> {
    const text = this.text(id, 'stat');
    return isSeen(text) ? parseStat(text) : text;
  }

  /** A file of the host directly in `/proc`, such as `uptime` or `mounts`. */
  host(name: string): ProcResult<string> {
    return attempt(() => readText(`${this.root}/${name}`));
  }
}

/** What Node puts in place of bytes that are not valid UTF-8. */
const REPLACED = '\ufffd';

/** Reads bytes only if the content is not valid UTF-8, since that takes several times as long. */
function readText(path: string): string {
  const text = fs.readFileSync(path, 'utf8');
  return text.includes(REPLACED) ? nameFromBytes(fs.readFileSync(path)) : text;
}

function readLink(path: string): string {
  const target = fs.readlinkSync(path, 'utf8');
  return target.includes(REPLACED) ? nameFromBytes(fs.readlinkSync(path, 'buffer')) : target;
}

/** Follows symbolic links. @throws system errors */
export function fileIdOf(path: string | Buffer): FileId {
  const stat = fs.statSync(path, { bigint: true });
  return `${stat.dev}:${stat.ino}`;
}

export const splitNul = (text: string): string[] =>
  text.split('\0').slice(0, text.endsWith('\0') ? -1 : undefined);
