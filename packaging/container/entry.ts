/**
 * The image's entry point. It starts the image's own Node in the host's mount namespace, so that
 * regsweep sees the host's files and mounts. The entry point itself stays in the container's mount
 * namespace. With a mounted volume, or for a command without a tree, regsweep runs in the
 * container.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { errorJson, wantsJson } from '../../src/cli/output/errors/error-json.js';
import { containerLine, type Engine, IN_CONTAINER, LEAVE_CGROUPS } from '../../src/runtime/container.js';
import { parseMountinfo } from '../../src/storage/mounts/mountinfo.js';
import { type ErrorCode, EXIT, exitCodeOf, RegsweepError } from '../../src/util/errors.js';
import { shellWord } from '../../src/util/shell-quote.js';
import { topControlGroups } from './control-groups.js';
import { isOwnUserNamespace, missingFlags, namespaceFlags } from './missing-flags.js';

const BUNDLE = '/opt/regsweep/regsweep.mjs';
const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin';
/** Paths that an engine mounts into each container. */
const MOUNTED_ALWAYS = /^\/(?:|(?:proc|sys|dev|run)(?:\/.*)?|etc\/(?:hosts|hostname|resolv\.conf)|sbin\/docker-init)$/;
/** Commands and flags that need no tree. */
const WITHOUT_TREE = /^(?:help|completion|config)$/;
const HELP_OR_VERSION = /^(?:-h|--help|-V|--version)$/;

const engine: Engine = existsSync('/run/.containerenv') ? 'podman' : 'docker';
const hostPid = process.env.REGSWEEP_HOST_PID ?? '1';
const args = process.argv.slice(2);

function volumes(): string[] {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  return mounts.map(({ mountPoint }) => mountPoint).filter((path) => !MOUNTED_ALWAYS.test(path));
}

function fail(code: ErrorCode, message: string, remedy: string): never {
  const error = new RegsweepError(code, message, { remedy });
  process.stderr.write(`regsweep: ${message}\n${remedy}\n`);
  if (wantsJson(args, process.env)) process.stdout.write(errorJson(error));
  process.exit(exitCodeOf(error));
}

async function runHere(): Promise<void> {
  process.env[IN_CONTAINER] = engine;
  delete process.env.REGSWEEP_HOST_PID;
  await import('./regsweep.mjs' as string);
}

/** The command of the image's Node, by its path in the host's mount namespace. */
const nodeOnHost = (): string[] => [
  `/proc/${process.pid}/root${process.execPath}`,
  '--preserve-symlinks',
  '--preserve-symlinks-main',
];

function hostCommand(command: readonly string[], folder = '/'): string[] {
  const flags = [...namespaceFlags(hostPid), `--wdns=${folder}`];
  return ['nsenter', ...flags, '--', ...nodeOnHost(), ...command];
}

/** Prints the folder where the user typed the command, if the host has it. */
const FIND_FOLDER = 'try { process.chdir(process.env.PWD ?? "/"); process.stdout.write(process.cwd()); } catch {}';

/**
 * Checks that Node starts in the host's mount namespace. Ends the process with a message if not.
 * @returns the host's folder that `-e PWD` names, or its root folder
 */
function requireNodeOnHost(): string {
  const [program, ...words] = hostCommand(['-e', FIND_FOLDER]) as [string, ...string[]];
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', env: hostEnv() });
  if (status === 0) {
    if (stdout !== '') return stdout;
    process.stderr.write(`regsweep: ${process.env.PWD} is no folder of this host; relative paths begin at /\n`);
    return '/';
  }
  const said = stderr.trim();
  const line = containerLine(engine, args.map(shellWord).join(' '));
  if (status === 127) {
    const remedy = 'install Node and the one-file bundle on the host (docs/packaging.md)';
    fail(
      'failed',
      `this host's C library can't run the image's Node, which needs glibc 2.28 and libstdc++ (musl has neither): ${said}`,
      remedy,
    );
  }
  const pid =
    hostPid === '1' && /ns\/mnt/.test(said)
      ? '\nif /proc/1/ns can’t be read, give another process of the host: -e REGSWEEP_HOST_PID=PID'
      : '';
  fail('usage', `the host's mount namespace can't be entered: ${said}`, line + pid);
}

function hostEnv(): NodeJS.ProcessEnv {
  const { REGSWEEP_HOST_PID: _, ...env } = process.env;
  return { ...env, PATH: HOST_PATH };
}

/** A terminal sends SIGINT and SIGQUIT to both processes. Other signals must be forwarded. */
const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

function runOnHost(folder: string): void {
  const command = [`/proc/${process.pid}/root${BUNDLE}`, ...args];
  const [program, ...words] = hostCommand(command, folder);
  const groups = topControlGroups(readFileSync(`/proc/${hostPid}/mountinfo`, 'utf8'));
  const env = { ...hostEnv(), [LEAVE_CGROUPS]: groups.join(' ') };
  const child = spawn(program!, words, { stdio: 'inherit', env });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  for (const signal of FROM_TERMINAL) {
    process.on(signal, () => {
      if (!process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => fail('failed', error.message, 'the image has no nsenter'));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? EXIT.failed) : 128 + constants.signals[signal];
  });
}

const mounted = volumes();
const missing = missingFlags(hostPid);
const needsNoTree =
  WITHOUT_TREE.test(args[0] ?? 'help') || args.some((arg) => HELP_OR_VERSION.test(arg));
if (mounted.length > 0 || needsNoTree) {
  if (mounted.length > 0 && missing.length === 0) {
    process.stderr.write(
      `regsweep: ${mounted.join(', ')} is mounted into this container, so regsweep reads the container's files, not the host's; leave out -v\n`,
    );
  }
  await runHere();
} else if (isOwnUserNamespace()) {
  fail(
    'usage',
    `${engine} runs this container without root on the host (rootless, or with userns-remap), so regsweep can't see its processes and mounts`,
    `sudo ${containerLine(engine, args.map(shellWord).join(' ')).replace(' run ', ' run --userns=host ')}`,
  );
} else if (missing.length > 0) {
  const flags = missing.join(' ');
  fail('usage', `${engine} run lacks ${flags}`, containerLine(engine, args.map(shellWord).join(' ')));
} else {
  runOnHost(requireNodeOnHost());
}
