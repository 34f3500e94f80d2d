/** Finds the addresses at which a process listens, from its descriptors and the socket tables. */
import { isSeen, type Proc, type ProcResult } from './procfs.js';

export interface ListeningAddress {
  /** The address to connect to: loopback if the process listens on every address. */
  readonly host: string;
  readonly port: number;
  /** Another socket listens on the same port and may answer instead. */
  readonly shared?: true;
}

const LISTEN = '0A';

/** TCP addresses at which the process listens, as reached from its network namespace. */
export function listeningAddresses(proc: Proc, pid: number): ProcResult<ListeningAddress[]> {
  const sockets = socketInodes(proc, pid);
  if (!isSeen(sockets)) return sockets;
  const tables: ProcResult<string>[] = [proc.text(pid, 'net/tcp'), proc.text(pid, 'net/tcp6')];
  const all = tables.flatMap((table) => (isSeen(table) ? parseTcp(table) : []));
  return ownAddresses(all, sockets);
}

/** @param inodes those of the process's own sockets */
export const ownAddresses = (
  all: readonly ListeningRow[],
  inodes: ReadonlySet<string>,
): ListeningAddress[] =>
  all.filter(({ inode }) => inodes.has(inode)).map((own) => addressOf(own, all));

export interface ListeningRow {
  readonly host: string;
  readonly port: number;
  readonly inode: string;
}

/** Listening rows of `/proc/<pid>/net/tcp` or `tcp6`. */
export function parseTcp(table: string): ListeningRow[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local, , state] = fields;
    if (state !== LISTEN) return [];
    const [address, port] = local!.split(':');
    const row = { host: hostOf(address!), port: Number.parseInt(port!, 16) };
    return [{ ...row, inode: fields[9] ?? '' }];
  });
}

const ANY_4 = '0.0.0.0';
const ANY_6 = '::';

/** A socket on every IPv6 address also accepts IPv4 connections, unless another socket does. */
function addressOf(own: ListeningRow, all: readonly ListeningRow[]): ListeningAddress {
  const { port } = own;
  const others = all.filter((row) => row.port === port && row.inode !== own.inode);
  const isIpv4Taken = others.some(({ host }) => !host.includes(':'));
  const host =
    own.host === ANY_4
      ? '127.0.0.1'
      : own.host !== ANY_6
        ? own.host
        : isIpv4Taken
          ? '::1'
          : '127.0.0.1';
  const shared = others.some((row) => row.host === own.host || row.host === host);
  return { host, port, ...(shared ? { shared } : {}) };
}

/** Inodes of the sockets that a process has open. */
export function socketInodes(proc: Proc, pid: number): ProcResult<Set<string>> {
  const fds = proc.list(pid, 'fd');
  if (!isSeen(fds)) return fds;
  const links: string[] = fds
    .map((fd) => proc.link(pid, `fd/${fd}`))
    .filter((link): link is string => typeof link === 'string');
  const inodes = links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]);
  return new Set(inodes.filter((inode) => inode !== undefined));
}

/** The kernel prints each 32-bit word of an address in little-endian order. */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return ANY_6;
  const words = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  return words.join(':');
}
