/** Does this host serve the tree to others? An idle remote writer leaves no trace here. */
import fs from 'node:fs';
import { errnoOf } from '../errors.js';
import { overlaps } from '../storage/mountinfo.js';
import type { Problem } from './observations.js';
import type { ProcessInfo } from './processes.js';
import { isSeen, type Proc } from './procfs.js';

const SERVERS = /^(glusterfsd?|virtiofsd|qemu[-\w]*|diod|u9fs|crosvm|cloud-hypervisor)$/;

/**
 * @param paths every path at which the tree, or a part, is seen here
 * @param hostRoot '' on the real host
 */
export function findExports(
  proc: Proc,
  processes: readonly ProcessInfo[],
  paths: readonly string[],
  hostRoot: string,
): Problem[] {
  const touches = (path: string): boolean => paths.some((own) => overlaps(path, own));
  return [
    ...nfs(proc, processes, hostRoot).filter(touches).map(exported('NFS', 'exportfs -u')),
    ...listedIn(processes, 'smbd', `${hostRoot}/etc/samba/smb.conf`, smbPaths)
      .filter(touches)
      .map(exported('Samba', 'systemctl stop smbd; share')),
    ...listedIn(processes, 'ganesha.nfsd', `${hostRoot}/etc/ganesha/ganesha.conf`, ganeshaPaths)
      .filter(touches)
      .map(exported('NFS-Ganesha', 'systemctl stop nfs-ganesha; export')),
    ...processes.flatMap((info) => servedBy(info, touches)),
  ];
}

const exported =
  (service: string, remedy: string) =>
  (path: string): Problem => ({
    message: `this host serves ${path} to others by ${service}`,
    remedy: `end the export while sweeping (${remedy} ${path}), or give --registry-url per instance`,
    mount: path,
  });

/** The kernel's table holds only clients seen lately; the export table is whole. */
function nfs(proc: Proc, processes: readonly ProcessInfo[], hostRoot: string): string[] {
  const active = proc.host('fs/nfsd/exports');
  const threads = proc.host('fs/nfsd/threads');
  const serving = isSeen(threads) && Number(threads.trim()) > 0;
  const mountd = processes.some((info) => info.comm === 'rpc.mountd');
  const table = serving || mountd ? (readOptional(`${hostRoot}/var/lib/nfs/etab`) ?? '') : '';
  return [...new Set(firstWords(`${isSeen(active) ? active : ''}\n${table}`))];
}

function firstWords(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0]!)
    .filter((word) => word.startsWith('/'))
    .map((word) =>
      word.replace(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    );
}

function listedIn(
  processes: readonly ProcessInfo[],
  server: string,
  file: string,
  parse: (text: string) => string[],
): string[] {
  if (!processes.some((info) => info.comm === server)) return [];
  const text = readOptional(file);
  return text === undefined ? [] : parse(text);
}

const smbPaths = (text: string): string[] =>
  [...text.matchAll(/^\s*(?:path|directory)\s*=\s*"?(\/[^"\n%]*?)"?\s*$/gim)].map((m) => m[1]!);

const ganeshaPaths = (text: string): string[] =>
  [...text.matchAll(/\bPath\s*=\s*"?(\/[^";\s]*)"?/gi)].map((match) => match[1]!);

function readOptional(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** 9p, virtiofs and gluster name the folder in their command line; `/` alone says nothing. */
function servedBy(info: ProcessInfo, touches: (path: string) => boolean): Problem[] {
  const name = (info.argv[0] ?? '').split('/').at(-1)!;
  if (!SERVERS.test(name)) return [];
  const words = info.argv.slice(1).flatMap((word) => word.split(/[,=]/));
  const path = words.find((word) => word.length > 1 && word.startsWith('/') && touches(word));
  if (path === undefined) return [];
  return [
    {
      message: `process ${info.pid} (${info.command}) serves ${path} to others`,
      remedy: `stop it while sweeping (kill ${info.pid}), or give --registry-url per instance`,
      pid: info.pid,
      command: info.command,
      mount: path,
    },
  ];
}
