/** Recognises registry processes by executable, mapped files, arguments and environment. */
import { executableKind, isRegistryBinary } from '../host/executables.js';
import type { ProcessInfo } from '../host/processes.js';
import { isSeen, type Proc, type ProcResult, splitNul } from '../host/procfs.js';

/**
 * `registry`: it runs a registry's executable, whatever its configuration says.
 * `perhaps`: only its arguments or its environment look like a registry's.
 */
export type RegistrySign = 'registry' | 'perhaps' | 'none';

/** @returns `none` for a process that is certainly no registry */
export function registrySign(proc: Proc, info: ProcessInfo): RegistrySign {
  if (isVersionOrHelp(info.argv)) return 'none';
  const kind = executableKind(proc.path(info.id, 'exe'));
  if (kind === 'registry') return 'registry';
  const serves = verbIn(info.argv) > 0;
  // Container engines contain parts of distribution, so only the command line decides.
  if (kind !== 'plain') return serves && namesConfig(proc, info) ? 'registry' : 'none';
  if (serves) return mapsRegistry(proc, info) ? 'registry' : 'perhaps';
  return namesConfigByEnvironment(proc, info) ? 'perhaps' : 'none';
}

/** `registry --version` and the like, which end at once and open no tree. */
function isVersionOrHelp(argv: readonly string[]): boolean {
  return argv.length === 2 && /^(?:--?version|-v|--?help|-h|help|version)$/.test(argv[1]!);
}

const verbIn = (argv: readonly string[]): number =>
  argv.findIndex((word, i) => i > 0 && (word === 'serve' || word === 'garbage-collect'));

/**
 * The first word after the verb that is no flag. The registry reads its configuration from there.
 */
export function configWord(argv: readonly string[]): string | undefined {
  const verb = verbIn(argv);
  return verb < 0 ? undefined : argv.slice(verb + 1).find((word) => !word.startsWith('-'));
}

const namesConfig = (proc: Proc, info: ProcessInfo): boolean =>
  configWord(info.argv) !== undefined || namesConfigByEnvironment(proc, info);

function namesConfigByEnvironment(proc: Proc, info: ProcessInfo): boolean {
  const env = environmentOf(proc, info);
  return isSeen(env) && env.REGISTRY_CONFIGURATION_PATH !== undefined;
}

/**
 * Whether a process with the word `serve` has another sign of a registry: the program's name, a
 * registry's setting in its environment, or the path of a registry's binary as an argument of a
 * loader or an emulator.
 */
export function resemblesRegistry(proc: Proc, info: ProcessInfo): boolean {
  const { id, argv } = info;
  const verb = verbIn(argv);
  if (verb < 0) return false;
  if (/^(?:docker-)?registry$/.test(argv[0]!.split('/').at(-1)!)) return true;
  const env = environmentOf(proc, info);
  if (isSeen(env) && Object.keys(env).some((name) => SETTING.test(name))) return true;
  return argv.slice(0, verb).some((word) => {
    if (!word.includes('/')) return false;
    const base = word.startsWith('/') ? 'root' : 'cwd';
    return isRegistryBinary(`${proc.path(id, base)}/${word}`);
  });
}

const SETTING = /^REGISTRY_(?:CONFIGURATION_PATH$|STORAGE(?:_|$)|HTTP_ADDR$)/i;

/**
 * A row of `/proc/<pid>/maps`. Without leading zeros its range is the file's name in `map_files`.
 */
const MAPPED = /^0*([0-9a-f]+)-0*([0-9a-f]+) \S+ \S+ (\S+ \d+) +(\/.*)$/;

/** Whether a registry's binary is mapped, as when a loader or an emulator runs it. */
function mapsRegistry(proc: Proc, info: ProcessInfo): boolean {
  const maps = proc.text(info.id, 'maps');
  const seen = new Set<string>();
  for (const line of isSeen(maps) ? maps.split('\n') : []) {
    const [, from, to, file, path] = MAPPED.exec(line) ?? [];
    if (file === undefined || seen.has(file) || /\.so[.\d]*$/.test(path!)) continue;
    seen.add(file);
    // The first path works even if the file was deleted or replaced.
    const ways = [`map_files/${from}-${to}`, `root${path}`];
    if (ways.some((way) => isRegistryBinary(proc.path(info.pid, way)))) return true;
  }
  return false;
}

/** Takes the first of two variables with the same name, as Go does. */
export function environmentOf(
  proc: Proc,
  { id }: ProcessInfo,
): ProcResult<Readonly<Record<string, string>>> {
  const environ = proc.text(id, 'environ');
  return isSeen(environ) ? Object.fromEntries(splitNul(environ).map(pairOf).reverse()) : environ;
}

function pairOf(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
