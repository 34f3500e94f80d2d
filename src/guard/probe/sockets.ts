/** Where a process listens, from its descriptors and its network namespace's socket tables. */
import { isSeen, type Proc, type ProcResult } from '../host/procfs.js';

export interface ListeningAddress {
  /** To connect to: loopback where it listens on every address. */
  readonly host: string;
  readonly port: number;
}

const LISTEN = '0A';

export function listeningAddresses(proc: Proc, pid: number): ProcResult<ListeningAddress[]> {
  const sockets = socketInodes(proc, pid);
  if (!isSeen(sockets)) return sockets;
  const tables: ProcResult<string>[] = [proc.text(pid, 'net/tcp'), proc.text(pid, 'net/tcp6')];
  return tables.flatMap((table) => (isSeen(table) ? parseTcp(table, sockets) : []));
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

/** Listening rows of `/proc/<pid>/net/tcp` or `tcp6` whose socket is among `inodes`. */
export function parseTcp(table: string, inodes: ReadonlySet<string>): ListeningAddress[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local, , state] = fields;
    if (state !== LISTEN || !inodes.has(fields[9] ?? '')) return [];
    const [address, port] = local!.split(':');
    return [{ host: hostOf(address!), port: Number.parseInt(port!, 16) }];
  });
}

/** The kernel prints each 32-bit word in the machine's (little-endian) order. */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.every((byte) => byte === 0)) return '127.0.0.1';
  if (bytes.length === 4) return bytes.join('.');
  const words = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  return words.join(':');
}
