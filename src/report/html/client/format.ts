/** Formats numbers and names for people. */
import { AGE_DAYS, HOLDER, type OwnerPlace, type PageData } from '../data.js';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1.2 GB`, in powers of ten, as everywhere in regsweep. @param bytes a size */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}

const NUMBER = new Intl.NumberFormat('en-US');
export const whole = (number: number): string => NUMBER.format(number);

export function share(part: number, all: number): string {
  if (all === 0 || part === 0) return '0 %';
  const percent = (part / all) * 100;
  return percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

/** A shortened digest that still tells blobs apart. */
export const shortDigest = (digest: string): string =>
  digest.slice(digest.indexOf(':') + 1).slice(0, 12);

export const day = (time: string | null): string => time?.slice(0, 10) ?? '–';

export const blobs = (count: number): string => `${whole(count)} ${count === 1 ? 'blob' : 'blobs'}`;

/** By position: the states of STATES, then data in quarantine. */
export const STATE_NAMES = [
  'in use',
  'recent (protected)',
  'garbage',
  'garbage that frees nothing',
  'in quarantine',
] as const;

export const AGE_NAMES: readonly string[] = [
  'under a day old',
  '1 to 7 days old',
  '1 to 4 weeks old',
  '1 to 3 months old',
  '3 to 12 months old',
  'over a year old',
].slice(0, AGE_DAYS.length + 1);

export const NO_REPOSITORY: ReadonlyMap<number, string> = new Map([
  [HOLDER.shared, 'shared by several repositories'],
  [HOLDER.unreferenced, 'orphaned blobs'],
  [HOLDER.kept, 'kept by rule'],
]);

const HOLDER_NAMES: ReadonlyMap<number, string> = new Map([
  [HOLDER.severalTags, 'several tags'],
  [HOLDER.untagged, 'untagged'],
  [HOLDER.unreferenced, 'unreferenced'],
  [HOLDER.otherTags, 'smaller tags'],
  [HOLDER.shared, 'shared with other repositories'],
]);

export function repositoryName({ repositories, leftOut }: PageData, number: number): string {
  const row = repositories[number];
  if (row === undefined) return `${whole(leftOut.repositories)} smaller repositories`;
  return row.name === '' ? '(no name)' : row.name;
}

/** The tag's name, or a text that stands for blobs without one tag. */
export function holderName(data: PageData, [repository, holder]: OwnerPlace): string {
  if (repository < 0) return NO_REPOSITORY.get(holder) ?? '';
  return data.tags[holder]?.name ?? HOLDER_NAMES.get(holder) ?? '';
}

export function placeName(data: PageData, place: OwnerPlace): string {
  if (place[0] < 0) return holderName(data, place);
  return `${repositoryName(data, place[0])}: ${holderName(data, place)}`;
}
