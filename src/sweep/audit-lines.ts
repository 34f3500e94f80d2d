/**
 * The audit log's lines about items. The first line of a batch has what its items have in common:
 * the run, and the reason if it follows from the kind. The others name one item each.
 */
import { pathFromNames } from '../plan/file/action-paths.js';
import type { ItemRecord } from './journal/records.js';

type Line = Readonly<Record<string, unknown>>;

export type ItemEvent = 'moved' | 'deleted' | 'rolled-back' | 'restored' | 'purged';

type Named = Pick<ItemRecord, 'path'> & Partial<ItemRecord>;

/** Kinds that go because of something else. Each other item has its own reason. */
const CONSEQUENCES: readonly unknown[] = ['tag-history', 'layer-link', 'blob', 'empty-directory'];

/** @param why reasons by the items' numbers */
export function batchLines(
  event: ItemEvent,
  run: string,
  items: readonly Named[],
  why?: ReadonlyMap<number, string>,
): Line[] {
  const reasons = items.map((item) => splitReason(why?.get(item.n ?? -1)));
  const shared = CONSEQUENCES.includes(items[0]?.kind) ? reasons[0]?.reason : undefined;
  const lines = items.map((item, at): Line => {
    const { reason, since } = reasons[at]!;
    return { event, ...namesOf(item), reason: reason === shared ? undefined : reason, since };
  });
  return [{ event: 'batch', run, action: event, items: items.length, reason: shared }, ...lines];
}

/** The path is left out if it follows from the other names. */
function namesOf({ kind, path, repository, tag, digest, bytes }: Named): Line {
  const follows = kind !== undefined && pathFromNames({ kind, repository, tag, digest }) === path;
  return { kind, path: follows ? undefined : path, repository, tag, digest, bytes };
}

/** Splits "unreferenced, unchanged since <time>": then a batch of blobs has one reason. */
function splitReason(text: string | undefined): { reason?: string; since?: string } {
  if (text === undefined) return {};
  const [, reason, since] = /^(.+) since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/s.exec(text) ?? [];
  return reason === undefined || since === undefined ? { reason: text } : { reason, since };
}
