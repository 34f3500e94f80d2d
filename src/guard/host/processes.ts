/** Reads all processes once for the other collectors, and reports those that can't be read. */

import { TICK_MS } from '../../runtime/boot-clock.js';
import { parseMountinfo } from '../../storage/mounts/mountinfo.js';
import { printable } from '../../storage/names.js';
import type { Problem, ProcessName } from '../model/observations.js';
import {
  DENIED,
  GONE,
  isSeen,
  type Proc,
  type ProcResult,
  type ProcStat,
  splitNul,
} from './procfs.js';

export interface ProcessInfo {
  readonly pid: number;
  /** `<pid>`, or `<pid>/task/<tid>` of a running thread if the first thread has ended. */
  readonly id: string;
  readonly argv: readonly string[];
  readonly command: string;
  readonly comm: string;
  readonly startTicks: number;
  readonly exe: ProcResult<string>;
  readonly mountNamespace: ProcResult<string>;
  readonly netNamespace: ProcResult<string>;
  /** Identity of its root folder. */
  readonly rootId: ProcResult<string>;
}

export interface ProcessTable {
  readonly processes: readonly ProcessInfo[];
  /** Processes that can't be read, except PID 1. */
  readonly problems: readonly Problem[];
}

const COMMAND_LENGTH = 160;
const ROUNDS = 5;

/**
 * Lists again until a listing has no new process, so that a fork meanwhile isn't missed. A process
 * that can't be read is read again for a short time: between fork and exec it may still have the
 * privileges of its parent.
 */
export function readProcesses(proc: Proc): ProcessTable {
  const seen = new Set<number>();
  const processes: ProcessInfo[] = [];
  const problems: Problem[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const fresh = proc.pids().filter((pid) => !seen.has(pid));
    if (fresh.length === 0) break;
    const denied: number[] = [];
    for (const pid of fresh) {
      seen.add(pid);
      if (pid === process.pid && proc.root === '/proc') continue;
      const info = readProcess(proc, pid);
      if (!isSeen(info)) continue;
      if (unreadable(proc, info) === undefined) processes.push(info);
      else denied.push(pid);
    }
    for (const info of readAgain(proc, denied)) {
      processes.push(info);
      const problem = unreadable(proc, info);
      if (problem !== undefined) problems.push(problem);
    }
  }
  return { processes, problems };
}

const AGAIN = 5;
const AGAIN_AFTER_MS = 20;

/** Reads processes again until they are readable, for a short time. @returns those still running */
function readAgain(proc: Proc, pids: readonly number[]): ProcessInfo[] {
  const read = () => pids.map((pid) => readProcess(proc, pid)).filter(isSeen);
  let found = pids.length === 0 ? [] : read();
  for (let i = 0; i < AGAIN && found.some((info) => unreadable(proc, info) !== undefined); i++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_AFTER_MS);
    found = read();
  }
  return found;
}

/** @returns GONE for kernel threads, zombies and ended processes, none of which can write */
export function readProcess(proc: Proc, pid: number): ProcResult<ProcessInfo> {
  const found = livingThread(proc, pid);
  if (!isSeen(found)) return found;
  const { id, stat } = found;
  const cmdline = proc.text(pid, 'cmdline');
  const argv = isSeen(cmdline) ? splitNul(cmdline) : [];
  const info: ProcessInfo = {
    pid,
    id,
    argv,
    command: commandOf(argv, stat.comm),
    comm: stat.comm,
    startTicks: stat.startTicks,
    exe: proc.link(id, 'exe'),
    mountNamespace: proc.link(id, 'ns/mnt'),
    netNamespace: proc.link(id, 'ns/net'),
    rootId: proc.fileId(id, 'root'),
  };
  return isAlive(proc, pid) ? info : GONE;
}

/** False after the process has ended. A failed read of it is then no evidence. */
export const isAlive = (proc: Proc, pid: number): boolean => isSeen(livingThread(proc, pid));

function livingThread(proc: Proc, pid: number): ProcResult<{ id: string; stat: ProcStat }> {
  const stat = proc.stat(pid);
  if (!isSeen(stat)) return GONE;
  if (stat.kernelThread) return GONE;
  if (isRunning(proc, String(pid), stat)) return { id: String(pid), stat };
  const threads = proc.list(pid, 'task');
  for (const thread of isSeen(threads) ? threads : []) {
    const id = `${pid}/task/${thread}`;
    const other = proc.stat(id);
    if (isSeen(other) && isRunning(proc, id, other)) return { id, stat: other };
  }
  return GONE;
}

/** An exiting process loses its executable before its state changes, so both are checked. */
const isRunning = (proc: Proc, id: string, stat: ProcStat): boolean =>
  stat.state !== 'Z' && stat.state !== 'X' && proc.link(id, 'exe') !== GONE;

function commandOf(argv: readonly string[], comm: string): string {
  const text = argv.length === 0 ? `[${comm}]` : argv.join(' ');
  const clean = printable(withoutSecrets(text));
  return clean.length > COMMAND_LENGTH ? `${clean.slice(0, COMMAND_LENGTH - 1)}…` : clean;
}

/** Masks passwords in a command line, which goes into messages and the audit log. */
export const withoutSecrets = (text: string): string =>
  text
    .replace(
      /(-{1,2}[\w-]*(?:passw|passphrase|secret|token|api-?key|credential)[\w-]*[= ])\S+/gi,
      '$1***',
    )
    .replace(/\b([\w-]*(?:passw|secret|token|api_?key)[\w-]*=)\S+/gi, '$1***')
    .replace(/(:\/\/[^/\s:@]*:)[^@\s]+@/g, '$1***@');

function unreadable(proc: Proc, info: ProcessInfo): Problem | undefined {
  const denied = [info.exe, info.mountNamespace, info.rootId].includes(DENIED);
  if (!denied || info.pid === 1 || !isAlive(proc, info.pid)) return undefined;
  return {
    message: `process ${info.pid} (${info.command}) can't be read`,
    remedy: 'run regsweep as root on the host itself (sudo), with CAP_SYS_PTRACE',
    pid: info.pid,
    command: info.command,
  };
}

/** Names a process with its container or unit, so that people can stop it. */
export function nameProcess(proc: Proc, info: Pick<ProcessInfo, 'pid' | 'command'>): ProcessName {
  const text = proc.text(info.pid, 'cgroup');
  return {
    pid: info.pid,
    command: info.command,
    ...containerOf(isSeen(text) ? parseCgroup(text) : {}, proc, info.pid),
  };
}

/** The mounts of these files contain the container's id, with `--cgroups=disabled` too. */
const OWN_FILE =
  /\/(overlay-)?containers\/([0-9a-f]{64})\/(?:userdata\/)?(?:hostname|hosts|resolv\.conf)$/;

function containerOf(
  known: Omit<ProcessName, 'pid' | 'command'>,
  proc: Proc,
  pid: number,
): Omit<ProcessName, 'pid' | 'command'> {
  if (known.container !== undefined) return known;
  const text = proc.text(pid, 'mountinfo');
  if (!isSeen(text) || !text.includes('containers/')) return known;
  for (const { mountPoint, root } of parseMountinfo(text)) {
    const [, podman, id] = mountPoint.startsWith('/etc/') ? (OWN_FILE.exec(root) ?? []) : [];
    if (id === undefined) continue;
    return { container: id.slice(0, 12), engine: podman === undefined ? 'docker' : 'podman' };
  }
  return known;
}

/** Units that a remedy never names: stopping one ends many other processes. */
const SHARED_UNITS =
  /^(user@\d+|sshd?(@.*)?|crond?|docker|containerd|podman|kubelet|crio)\.service$/;

/**
 * Container and unit from `/proc/<pid>/cgroup`. Users can choose names of control groups, so only
 * names of plain characters are taken: an administrator may paste them into a shell.
 */
export function parseCgroup(text: string): Omit<ProcessName, 'pid' | 'command'> {
  const hex = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/m.exec(text)?.[1];
  const lxc = /\/lxc(?:\.payload)?[./]([\w.-]+)(?:\/|$)/m.exec(text)?.[1];
  const unit = unitOf(text);
  const engine = hex === undefined ? (lxc === undefined ? undefined : 'lxc') : engineOf(text);
  const container = hex?.slice(0, 12) ?? lxc;
  return {
    ...(container === undefined ? {} : { container }),
    ...(engine === undefined ? {} : { engine }),
    ...(unit === undefined || container !== undefined ? {} : { unit }),
  };
}

function unitOf(text: string): string | undefined {
  const unit = /:(?:\/[\w.-]+\.slice)*\/([\w:.@\\-]+\.service)(?:\/|$)/m.exec(text)?.[1];
  return unit === undefined || SHARED_UNITS.test(unit) ? undefined : unit;
}

function engineOf(text: string): string {
  if (/kubepods/.test(text)) return 'kubernetes';
  if (/libpod/.test(text)) return 'podman';
  return 'docker';
}

/** @returns when a process started, in ms since the epoch; the kernel counts in 1/100 s */
export function startedAt(bootMs: number, startTicks: number): number {
  return Math.round(bootMs + startTicks * TICK_MS);
}

const CLOCK_TRIES = 8;
const CLOCK_PRECISION_MS = 2;

/**
 * @returns when the machine booted, in ms since the epoch by the wall clock; 0 if that is unknown,
 *   with which every configuration seems edited after its process started
 */
export function bootTime(proc: Proc): number {
  let best = { span: Number.POSITIVE_INFINITY, boot: 0 };
  for (let i = 0; i < CLOCK_TRIES && best.span > CLOCK_PRECISION_MS; i++) {
    const before = Date.now();
    const uptime = proc.host('uptime');
    const span = Date.now() - before;
    if (!isSeen(uptime) || span >= best.span) continue;
    best = { span, boot: before - Number(uptime.split(' ')[0]) * 1000 };
  }
  return best.boot;
}
