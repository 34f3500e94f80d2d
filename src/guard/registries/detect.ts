/** Which processes are registries: by their executable, by what they have mapped, by their words. */
import { executableKind, isRegistryBinary } from '../host/executables.js';
import type { ProcessInfo } from '../host/processes.js';
import { isSeen, type Proc, type ProcResult, splitNul } from '../host/procfs.js';

/**
 * `registry`: it is one, whatever its configuration says.
 * `perhaps`: only its words or its environment are those of one.
 */
export type RegistrySign = 'registry' | 'perhaps' | 'none';

export function registrySign(proc: Proc, info: ProcessInfo): RegistrySign {
  if (onlyTells(info.argv)) return 'none';
  const kind = executableKind(proc.path(info.id, 'exe'));
  if (kind === 'registry') return 'registry';
  const serves = verbIn(info.argv) > 0;
  // Engines carry parts of distribution; only their command line decides.
  if (kind !== 'plain') return serves && namesConfig(proc, info) ? 'registry' : 'none';
  if (serves) return mapsRegistry(proc, info) ? 'registry' : 'perhaps';
  return namesConfigByEnvironment(proc, info) ? 'perhaps' : 'none';
}

/** `registry --version` and the like: gone in a moment, and never near a tree. */
function onlyTells(argv: readonly string[]): boolean {
  return argv.length === 2 && /^(?:--?version|-v|--?help|-h|help|version)$/.test(argv[1]!);
}

const verbIn = (argv: readonly string[]): number =>
  argv.findIndex((word, i) => i > 0 && (word === 'serve' || word === 'garbage-collect'));

/** The first word after the verb that is no flag: what the registry takes for its config. */
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
 * More than a word `serve`: the program's name, a setting of a registry's in its environment, or
 * the path of a registry's binary, as a loader or an emulator takes it.
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

/** The same as `/proc/<pid>/maps` has it, but for zeros in front: the name in `map_files`. */
const MAPPED = /^0*([0-9a-f]+)-0*([0-9a-f]+) \S+ \S+ (\S+ \d+) +(\/.*)$/;

/** A loader or an emulator runs a registry: its binary is mapped, whatever the executable is. */
function mapsRegistry(proc: Proc, info: ProcessInfo): boolean {
  const maps = proc.text(info.id, 'maps');
  const seen = new Set<string>();
  for (const line of isSeen(maps) ? maps.split('\n') : []) {
    const [, from, to, file, path] = MAPPED.exec(line) ?? [];
    if (file === undefined || seen.has(file) || /\.so[.\d]*$/.test(path!)) continue;
    seen.add(file);
    // The first leads there even where the file was deleted or another one has its name.
    const ways = [`map_files/${from}-${to}`, `root${path}`];
    if (ways.some((way) => isRegistryBinary(proc.path(info.pid, way)))) return true;
  }
  return false;
}

/** Of a name that stands twice, programs in Go read the first. */
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
