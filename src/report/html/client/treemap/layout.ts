/*!
 * Contains d3-hierarchy, Copyright 2010-2026 Mike Bostock. Permission to use, copy, modify, and/or
 * distribute this software for any purpose with or without fee is hereby granted, provided that the
 * above copyright notice and this permission notice appear in all copies. THE SOFTWARE IS PROVIDED
 * "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
 * WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL,
 * DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE,
 * DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING
 * OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */
import { type HierarchyRectangularNode, hierarchy, treemap } from 'd3-hierarchy';
import type { Item } from './groups.js';

/** A rectangle of the map, in pixels. Later ones are drawn above earlier ones. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly item: Item;
  /** The path from the first group below the map's root to the item. */
  readonly path: readonly Item[];
  /** A group that has a line for its name at the top. */
  readonly headed: boolean;
}

const HEAD = 18;

type Node = HierarchyRectangularNode<Item>;

const isHeaded = (node: Node): boolean =>
  node.depth > 0 && node.children !== undefined && node.x1 - node.x0 > 44 && node.y1 - node.y0 > 36;

/** The cells that cover at least one pixel. */
export function layOut(root: Item, width: number, height: number): Cell[] {
  const tree = hierarchy<Item>(root, (item) => item.children)
    .sum((item) => (item.children === undefined ? item.value : 0))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const placed = treemap<Item>()
    .size([width, height])
    .paddingInner((node) => (node.depth === 0 ? 3 : 1))
    .paddingTop((node) => (isHeaded(node) ? HEAD : 0))
    .paddingRight((node) => (isHeaded(node) ? 2 : 0))
    .paddingBottom((node) => (isHeaded(node) ? 2 : 0))
    .paddingLeft((node) => (isHeaded(node) ? 2 : 0))
    .round(true)(tree);
  const cells: Cell[] = [];
  for (const child of placed.children ?? []) addCells(cells, child, []);
  return cells;
}

function addCells(cells: Cell[], node: Node, above: readonly Item[]): void {
  const width = node.x1 - node.x0;
  const height = node.y1 - node.y0;
  if (width < 1 || height < 1) return;
  const path = [...above, node.data];
  const { data: item, x0: x, y0: y } = node;
  cells.push({ x, y, width, height, item, path, headed: isHeaded(node) });
  for (const child of node.children ?? []) addCells(cells, child, path);
}

export function cellAt(cells: readonly Cell[], x: number, y: number): Cell | undefined {
  for (let i = cells.length - 1; i >= 0; i--) {
    const cell = cells[i]!;
    const isIn = x >= cell.x && y >= cell.y && x < cell.x + cell.width && y < cell.y + cell.height;
    if (isIn) return cell;
  }
  return undefined;
}

/** As much of the cell's text as fits; empty if almost nothing fits. */
export function labelOf({ item, width, height, headed }: Cell): string {
  const room = Math.floor((width - 8) / 7);
  if (room < 5 || height < 14 || (item.children !== undefined && !headed)) return '';
  const text = item.blob >= 0 ? item.name.slice(item.name.indexOf(':') + 1) : item.name;
  if (item.blob >= 0) return text.slice(0, Math.min(room, 12));
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}
