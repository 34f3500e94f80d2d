/**
 * Finds services by which this host shares the tree. An idle remote writer leaves no trace here.
 */
import fs from 'node:fs';
import { overlaps } from '../../storage/mounts/mountinfo.js';
import { fsPath, printable } from '../../storage/names.js';
import { MISSING_OR_NO_FOLDER, orMissing } from '../../util/errors.js';
import { shellWord } from '../../util/shell-quote.js';
import type { ProcessInfo } from '../host/processes.js';
import { isSeen, type Proc } from '../host/procfs.js';
import type { Problem } from '../model/observations.js';

const SERVERS = /^(glusterfsd?|virtiofsd|qemu[-\w]*|diod|u9fs|crosvm|cloud-hypervisor)$/;

/**
 * @param paths every path at which this host shows the tree or a part of it
 * @param hostRoot prefix of `/etc` and `/var`; '' on the real host
 */
export function findExports(
  proc: Proc,
  processes: readonly ProcessInfo[],
  paths: readonly string[],
  hostRoot: string,
): Problem[] {
  const touches = (path: string): boolean => paths.some((own) => overlaps(path, own));
  return [
    ...nfs(proc, processes, hostRoot)
      .filter(({ path }) => touches(path))
      .map(({ path, remedy }) => exported('NFS', path, remedy)),
    ...SHARING.filter(({ comm }) => processes.some((info) => info.comm === comm)).flatMap(
      ({ service, stop, shares }) =>
        [...new Set(shares(hostRoot))].filter(touches).map((path) => exported(service, path, stop)),
    ),
    ...processes.flatMap((info) => servedBy(info, touches)),
  ];
}

const WHILE_SWEEPING = '    # while sweeping\nor give --registry-url once per registry instance';

const exported = (service: string, path: string, remedy: string): Problem => ({
  message: `this host shares ${printable(path)} by ${service}, so other hosts may write there`,
  remedy: `${remedy}${WHILE_SWEEPING}`,
  mount: path,
});

/**
 * Reads both tables: the kernel's lists only recent clients, the export table lists all exports.
 */
function nfs(
  proc: Proc,
  processes: readonly ProcessInfo[],
  hostRoot: string,
): { path: string; remedy: string }[] {
  const active = proc.host('fs/nfsd/exports');
  const threads = proc.host('fs/nfsd/threads');
  const serving = isSeen(threads) && Number(threads.trim()) > 0;
  const mountd = processes.some((info) => info.comm === 'rpc.mountd');
  const table = serving || mountd ? (readOptional(`${hostRoot}/var/lib/nfs/etab`) ?? '') : '';
  const clients = new Map<string, Set<string>>();
  for (const line of `${isSeen(active) ? active : ''}\n${table}`.split('\n')) {
    const [word = '', client = ''] = line.trim().split(/\s+/);
    if (!word.startsWith('/')) continue;
    const path = unescaped(word);
    clients.set(path, (clients.get(path) ?? new Set()).add(client.replace(/\(.*$/, '') || '*'));
  }
  return [...clients].map(([path, names]) => ({
    path,
    remedy: [...names].map((name) => `exportfs -u ${shellWord(`${name}:${path}`)}`).join(' && '),
  }));
}

const unescaped = (word: string): string =>
  word.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

const SHARING = [
  {
    comm: 'smbd',
    service: 'Samba',
    stop: 'systemctl stop smbd',
    shares: (hostRoot: string) => [
      ...smbShares(hostRoot, '/etc/samba/smb.conf'),
      ...smbUserShares(`${hostRoot}/var/lib/samba/usershares`),
    ],
  },
  {
    comm: 'ksmbd.mountd',
    service: 'ksmbd',
    stop: 'systemctl stop ksmbd',
    shares: (hostRoot: string) => smbShares(hostRoot, '/etc/ksmbd/ksmbd.conf'),
  },
  {
    comm: 'ganesha.nfsd',
    service: 'NFS-Ganesha',
    stop: 'systemctl stop nfs-ganesha',
    shares: (hostRoot: string) =>
      ganeshaPaths(readOptional(`${hostRoot}/etc/ganesha/ganesha.conf`) ?? ''),
  },
] as const;

const INCLUDES = 8;

/** A path with a variable may lead to any folder below the part before the variable. */
function smbShares(hostRoot: string, file: string, depth = 0): string[] {
  const text = readOptional(hostRoot + file) ?? '';
  const own = [...text.matchAll(/^\s*(?:path|directory)\s*=\s*"?(\/[^"\n]*?)"?\s*$/gim)];
  const more = [...text.matchAll(/^\s*include\s*=\s*"?(\/[^"\n%]*?)"?\s*$/gim)];
  return [
    ...own.map((match) => beforeVariable(match[1]!)),
    ...(depth < INCLUDES ? more.flatMap((match) => smbShares(hostRoot, match[1]!, depth + 1)) : []),
  ];
}

const beforeVariable = (path: string): string =>
  path.includes('%') ? path.slice(0, path.indexOf('%')).replace(/[^/]*$/, '') : path;

function smbUserShares(folder: string): string[] {
  const files = listOptional(folder).map((name) => readOptional(`${folder}/${name}`) ?? '');
  return files.flatMap((text) => [...text.matchAll(/^path=(\/.*?)\s*$/gm)].map((m) => m[1]!));
}

const ganeshaPaths = (text: string): string[] =>
  [...text.matchAll(/\bPath\s*=\s*"?(\/[^";\s]*)"?/gi)].map((match) => match[1]!);

const readOptional = (path: string): string | undefined =>
  orMissing(() => fs.readFileSync(fsPath(path), 'utf8'), MISSING_OR_NO_FOLDER);

const listOptional = (path: string): string[] =>
  orMissing(() => fs.readdirSync(path), MISSING_OR_NO_FOLDER) ?? [];

const SHARED_ROOT = /(?:^|[,=])(?:path|source|shared-dir|brick-name)=\/(?:,|$)/;

/** 9p, virtiofs and gluster name the folder in their arguments. A mere `/` there proves nothing. */
function servedBy(info: ProcessInfo, touches: (path: string) => boolean): Problem[] {
  const name = (info.argv[0] ?? '').split('/').at(-1)!;
  if (!SERVERS.test(name)) return [];
  const words = info.argv.slice(1).flatMap((word) => word.split(/[,=]/));
  const named = words.find((word) => word.length > 1 && word.startsWith('/') && touches(word));
  const path = named ?? (info.argv.some(sharesRoot) ? '/' : undefined);
  if (path === undefined) return [];
  return [
    {
      message: `process ${info.pid} (${info.command}) shares ${printable(path)} with other machines`,
      remedy: `kill ${info.pid}${WHILE_SWEEPING}`,
      pid: info.pid,
      command: info.command,
      mount: path,
    },
  ];
}

const sharesRoot = (word: string, at: number, argv: readonly string[]): boolean =>
  SHARED_ROOT.test(word.replace(/^--?/, '')) ||
  (word === '/' && /^--?(?:shared-dir|brick-name)$/.test(argv[at - 1] ?? ''));
