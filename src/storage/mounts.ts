/** Mount points, as this process sees them. A bind mount shares its device number, so only this tells. */
import { readFileSync } from 'node:fs';

export interface Mount {
  readonly mountPoint: string;
  readonly root: string;
  /** `major:minor`. */
  readonly device: string;
  readonly type: string;
  readonly source: string;
  readonly readOnly: boolean;
  readonly superReadOnly: boolean;
  readonly superOptions: string;
}

/** Parses `/proc/<pid>/mountinfo` (proc(5)). */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    if (dash < 0) continue;
    const superOptions = fields[dash + 3] ?? '';
    mounts.push({
      mountPoint: unescapeOctal(fields[4]!),
      root: unescapeOctal(fields[3]!),
      device: fields[2]!,
      type: fields[dash + 1]!,
      source: unescapeOctal(fields[dash + 2] ?? ''),
      readOnly: fields[5]!.split(',').includes('ro'),
      superReadOnly: superOptions.split(',').includes('ro'),
      superOptions,
    });
  }
  return mounts;
}

function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

export function ownMounts(): Mount[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Mount points below an absolute path, relative to it. */
export function mountsWithin(path: string): string[] {
  return ownMounts()
    .filter(({ mountPoint }) => mountPoint.startsWith(`${path}/`))
    .map(({ mountPoint }) => mountPoint.slice(path.length + 1));
}
