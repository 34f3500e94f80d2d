/** Appends items one by one. `push(...items)` fails with more than about 100,000 of them. */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
