/** Details of one item, for the tooltip and the box below the map. */
import { HOLDER, type PageData } from '../../data.js';
import {
  AGE_NAMES,
  blobs,
  formatBytes,
  holderName,
  NO_REPOSITORY,
  repositoryName,
  STATE_NAMES,
  whole,
} from '../format.js';
import type { Item } from './groups.js';

const NAMED = 12;

/** Lines of text. The first line is the item's name. */
export function about(data: PageData, path: readonly Item[]): string[] {
  const item = path.at(-1)!;
  const where = path.slice(0, -1).map(({ name }) => name);
  if (item.blob >= 0) return [item.name, ...aboutBlob(data, item.blob)];
  const lines = [
    item.name,
    item.count > 0 ? `${formatBytes(item.value)}, ${blobs(item.count)}` : formatBytes(item.value),
  ];
  if (item.state >= 0) lines.push(STATE_NAMES[item.state]!);
  return where.length === 0 ? lines : [...lines, `in ${where.join(' / ')}`];
}

function aboutBlob(data: PageData, row: number): string[] {
  const { blobs: b, places } = data;
  const place = places[b.place[row]!]!;
  const [repository, holder] = place;
  const lines = [
    `${formatBytes(b.bytes[row]!)}, ${formatBytes(b.disk[row]!)} on disk`,
    `${STATE_NAMES[b.state[row]!]}, ${AGE_NAMES[b.age[row]!]}`,
  ];
  if (repository >= 0) {
    lines.push(`only in ${repositoryName(data, repository)} (${holderName(data, place)})`);
  } else if (holder === HOLDER.shared) lines.push(...sharersOf(data, row));
  else lines.push(NO_REPOSITORY.get(holder) ?? '');
  return lines;
}

function sharersOf(data: PageData, row: number): string[] {
  const found = data.blobs.sharers.find(([of]) => of === row);
  if (found === undefined) return ['linked in several repositories'];
  const [, repositories, count] = found;
  const names = repositories.slice(0, NAMED).map((number) => repositoryName(data, number));
  const more = count - names.length;
  const list = more > 0 ? [...names, `${whole(more)} more`] : names;
  return [`shared by ${whole(count)}: ${list.join(', ')}`];
}
