/** Parses `/proc/<pid>/mountinfo` (proc(5)), the only place that lists bind mounts. Pure. */

export interface Mount {
  readonly id: string;
  /** major:minor of the filesystem. */
  readonly device: string;
  /** The folder of that filesystem that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly writable: boolean;
  readonly fsType: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** @throws Error if a line has another form */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').filter(Boolean).map(parseLine);
}

function parseLine(line: string): Mount {
  const dash = line.indexOf(' - ');
  const [id, , device, root, mountPoint, options] = line.slice(0, dash).split(' ');
  const [fsType, source, superOptions] = line.slice(dash + 3).split(' ');
  if (dash < 0 || options === undefined) throw new Error(`not a line of mountinfo: ${line}`);
  const flags = superOptions?.split(',') ?? [];
  return {
    id: id!,
    device: device!,
    root: unescapeOctal(root!),
    mountPoint: unescapeOctal(mountPoint!),
    writable: !options.split(',').includes('ro') && !flags.includes('ro'),
    fsType: fsType ?? '',
    source: unescapeOctal(source ?? ''),
    superOptions: flags.map(unescapeOctal),
  };
}

/**
 * @returns the part of `path` below `base`, without a leading slash; undefined if it is elsewhere
 */
export function below(base: string, path: string): string | undefined {
  if (path === base) return '';
  const prefix = base.endsWith('/') ? base : `${base}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

export const joinPath = (base: string, rest: string): string =>
  rest === '' ? base : base.endsWith('/') ? base + rest : `${base}/${rest}`;

/** @returns whether the paths are equal, or one is below the other */
export const overlaps = (a: string, b: string): boolean =>
  below(a, b) !== undefined || below(b, a) !== undefined;

/** @returns the mount that a path is on: the longest mount point; of equal ones the last */
export function coveringMount(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (below(mount.mountPoint, path) === undefined) continue;
    if (best === undefined || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

/** @returns the folders of an overlay; `writable` is set for those that receive its changes */
export function overlayFolders(mount: Mount): { path: string; writable: boolean }[] {
  if (!/^(fuse\.)?(fuse-)?overlay(fs)?$/.test(mount.fsType)) return [];
  return mount.superOptions.flatMap((option) => {
    const [key, value] = splitOnce(option, '=');
    if (key === 'upperdir' || key === 'workdir') return [{ path: value, writable: mount.writable }];
    if (!/^(lowerdir|datadir)\+?$/.test(key)) return [];
    return value.split(/::?/).map((path) => ({ path, writable: false }));
  });
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
