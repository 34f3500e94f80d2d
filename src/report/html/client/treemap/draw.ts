/** Draws cells: as SVG, or on a canvas if there are very many. */
import { el, svg } from '../dom.js';
import { type Cell, labelOf } from './layout.js';

/** With more cells than this, SVG is too slow. */
const SVG_LIMIT = 10_000;

export interface DrawOptions {
  readonly width: number;
  readonly height: number;
  /** Whether it matches the search. */
  readonly stands: (cell: Cell) => boolean;
}

/** Name of the CSS custom property that has the cell's colour. */
const colorOf = ({ item }: Cell): string =>
  item.children === undefined ? `state${item.state}` : 'group';

export const draw = (cells: readonly Cell[], look: DrawOptions): SVGElement | HTMLCanvasElement =>
  cells.length > SVG_LIMIT ? drawCanvas(cells, look) : drawSvg(cells, look);

function drawSvg(cells: readonly Cell[], { width, height, stands }: DrawOptions): SVGElement {
  const picture = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}` });
  for (const cell of cells) {
    const { x, y } = cell;
    const dim = stands(cell) ? '' : ' dim';
    const shape = { x, y, width: cell.width, height: cell.height };
    picture.append(svg('rect', { ...shape, class: `cell ${colorOf(cell)}${dim}` }));
    const label = labelOf(cell);
    if (label === '') continue;
    const text = svg('text', { x: x + 4, y: y + 13, class: `${textClass(cell)}${dim}` });
    text.textContent = label;
    picture.append(text);
  }
  return picture;
}

const textClass = ({ item }: Cell): string => (item.children === undefined ? 'onto' : 'head');

function drawCanvas(
  cells: readonly Cell[],
  { width, height, stands }: DrawOptions,
): HTMLCanvasElement {
  const scale = window.devicePixelRatio || 1;
  const picture = el('canvas', { width: String(width * scale), height: String(height * scale) });
  picture.style.width = `${width}px`;
  picture.style.height = `${height}px`;
  const pen = picture.getContext('2d');
  if (pen === null) return picture;
  const style = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  const color = (name: string): string => {
    const value = known.get(name) ?? style.getPropertyValue(`--${name}`).trim();
    known.set(name, value);
    return value;
  };
  pen.scale(scale, scale);
  pen.font = '11px system-ui, sans-serif';
  for (const cell of cells) {
    pen.globalAlpha = stands(cell) ? 1 : 0.2;
    pen.fillStyle = color(colorOf(cell));
    pen.fillRect(cell.x, cell.y, cell.width, cell.height);
    const label = labelOf(cell);
    if (label === '') continue;
    pen.fillStyle = color(cell.item.children === undefined ? 'onto' : 'ink');
    pen.fillText(label, cell.x + 4, cell.y + 13);
  }
  return picture;
}
