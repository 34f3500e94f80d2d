/**
 * What a test needs of the machine. A test that lacks it is skipped, and counted by
 * reason at the end; where REGSWEEP_REQUIRE_REGISTRY=1 (the CI) it fails instead.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { hasProgram, isExecutable } from './programs.js';

export const CHROMIUM = process.env.REGSWEEP_CHROMIUM ?? '/usr/bin/chromium';

const required = process.env.REGSWEEP_REQUIRE_REGISTRY === '1';

const isRoot = process.getuid?.() === 0;

/** Root in a container often may not. */
function canMount(): boolean {
  return tryIn((folder) => {
    execFileSync('mount', ['-t', 'tmpfs', 'regsweep-test', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
  });
}

/** Filesystems without attributes have no such files. */
const canFix = (): boolean =>
  tryIn((folder) => {
    execFileSync('chattr', ['+i', folder], { stdio: 'ignore' });
    execFileSync('chattr', ['-i', folder]);
  });

/** Whether this user has a name on this machine; one that a container was given may have none. */
function hasAccount(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function tryIn(work: (folder: string) => void): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-try-'));
  try {
    work(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

const programs =
  (...names: string[]) =>
  () =>
    names.every(hasProgram);

const known = {
  registry: programs('docker-registry'),
  skopeo: programs('skopeo'),
  /** ssh-keygen wants to know the user's name. */
  'ssh-keygen': () => hasProgram('ssh-keygen') && hasProgram('ssh-agent') && hasAccount(),
  git: programs('git'),
  jq: programs('jq'),
  strace: programs('strace'),
  redis: programs('redis-server'),
  nginx: programs('nginx'),
  fish: programs('fish'),
  tmux: programs('tmux'),
  man: programs('man'),
  promtool: programs('promtool'),
  systemd: programs('systemd-analyze'),
  docker: programs('dockerd', 'docker'),
  podman: programs('podman', 'crun'),
  dpkg: programs('dpkg', 'dpkg-deb'),
  lintian: programs('lintian'),
  bindfs: () => hasProgram('bindfs') && existsSync('/dev/fuse'),
  chromium: () => isExecutable(CHROMIUM),
  root: () => isRoot,
  filesystems: programs('mkfs.ext4', 'mkfs.btrfs', 'mkfs.xfs', 'btrfs', 'chattr', 'lsattr'),
  acl: programs('setfacl', 'getfacl', 'setfattr', 'getfattr', 'setpriv'),
  mounts: () => isRoot && canMount() && hasProgram('unshare'),
  /** The guard clears a tree that nobody uses: no process or mount of this machine is against it. */
  guard: () => isRoot && inject('guardRefusal') === '',
  'immutable files': () => isRoot && canFix(),
} as const;

export type Need = keyof typeof known;

const isMet = new Map<Need, boolean>();

function meets(need: Need): boolean {
  if (!isMet.has(need)) isMet.set(need, known[need]());
  return isMet.get(need)!;
}

const NEEDS_ROOT: readonly Need[] = ['guard', 'mounts', 'immutable files'];

function wordFor(need: Need): string {
  if (!isRoot && NEEDS_ROOT.includes(need)) return 'root';
  if (need === 'registry') return 'docker-registry';
  return need === 'guard' ? `the guard's consent (${inject('guardRefusal')})` : need;
}

/** What no test of the registry needs: its lack is no error with REGSWEEP_REQUIRE_REGISTRY=1 either. */
const OPTIONAL: readonly string[] = ['promtool', 'systemd'];

/**
 * Options for `describe` and `it`: skipped where something is missing. The reporter counts the
 * skipped tests by what is missing.
 * @throws where REGSWEEP_REQUIRE_REGISTRY=1
 */
export function needs(...wanted: Need[]): { skip?: true; meta?: { lacks: string[] } } {
  const missing = wanted.filter((need) => !meets(need));
  if (missing.length === 0) return {};
  const lacks = [...new Set(missing.map(wordFor))];
  if (required && missing.some((need) => !OPTIONAL.includes(need)))
    throw new Error(`this machine lacks: ${lacks.join(', ')} (REGSWEEP_REQUIRE_REGISTRY=1)`);
  return { skip: true, meta: { lacks } };
}

declare module 'vitest' {
  interface TaskMeta {
    /** What it needs and this machine lacks. */
    lacks?: string[];
  }
  interface ProvidedContext {
    /** What the guard says against a tree that nobody uses; empty where it clears it. */
    guardRefusal: string;
  }
}
