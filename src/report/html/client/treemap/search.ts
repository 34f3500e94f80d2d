/** Finds the items of a group that match a search. */
import type { Item } from './groups.js';

/** `shop/web:v1` finds the tag in its repository. */
const plain = (text: string): string => text.toLowerCase().replaceAll(':', '/');

/**
 * @param above names of the groups above the items, from the root down
 * @returns items that match or contain a match
 */
export function found(group: Item, above: readonly string[], query: string): ReadonlySet<Item> {
  const items = new Set<Item>();
  const wanted = plain(query);
  const look = (item: Item, path: string): boolean => {
    const here = `${path}/${plain(item.name)}`;
    const beneath = (item.children ?? []).filter((child) => look(child, here)).length;
    const matches = beneath > 0 || here.includes(wanted);
    if (matches) items.add(item);
    return matches;
  };
  for (const child of group.children ?? []) look(child, plain(above.join('/')));
  return items;
}
