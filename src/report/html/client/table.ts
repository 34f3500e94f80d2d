/** A table that is sorted by its headings, filtered by the search, and shown in parts when long. */
import { button, el } from './dom.js';
import { whole } from './format.js';

export interface Column<R> {
  readonly title: string;
  /** What it is sorted by; numbers stand on the right, largest first. */
  readonly value: (row: R) => number | string;
  readonly cell?: (row: R) => Node | string;
  /** Its numbers stand for words. */
  readonly isText?: boolean;
}

export interface TableSpec<R> {
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  /** Number of the column that it is sorted by at first; -1 leaves the rows as they come. */
  readonly sortedBy: number;
  /** What the search looks at. */
  readonly text?: (row: R) => string;
  readonly rows: readonly R[];
}

const AT_FIRST = 25;
const STEP = 500;

export class Table<R> {
  readonly element = el('div', { class: 'table', tabindex: '0', role: 'region' });
  readonly #body = el('tbody');
  readonly #more = el('p', { class: 'more' });
  readonly #heads: HTMLTableCellElement[] = [];
  #rows: readonly R[];
  #sortedBy: number;
  #descending: boolean;
  #query = '';
  #limit = AT_FIRST;

  constructor(private readonly spec: TableSpec<R>) {
    this.#rows = spec.rows;
    this.#sortedBy = spec.sortedBy;
    this.#descending = this.#isNumeric(spec.sortedBy);
    this.element.setAttribute('aria-label', spec.caption);
    const head = el('tr');
    spec.columns.forEach((_, i) => {
      head.append(this.#heading(i));
    });
    const table = el('table', {}, el('caption', {}, spec.caption), el('thead', {}, head));
    table.append(this.#body);
    this.element.append(table, this.#more);
    this.#draw();
  }

  /** Replaces the rows. */
  show(rows: readonly R[]): void {
    this.#rows = rows;
    this.#limit = AT_FIRST;
    this.#draw();
  }

  /** @returns how many rows match */
  search(query: string): number {
    this.#query = query;
    this.#limit = AT_FIRST;
    return this.#draw();
  }

  #isNumeric(column: number): boolean {
    const row = this.spec.rows[0] ?? this.#rows[0];
    return row !== undefined && typeof this.spec.columns[column]?.value(row) === 'number';
  }

  #heading(column: number): HTMLTableCellElement {
    const { title } = this.spec.columns[column]!;
    const head = el('th', { scope: 'col' });
    head.append(
      button(title, () => {
        const again = this.#sortedBy === column;
        this.#descending = again ? !this.#descending : this.#isNumeric(column);
        this.#sortedBy = column;
        this.#draw();
      }),
    );
    this.#heads.push(head);
    return head;
  }

  #draw(): number {
    const rows = this.#sorted();
    this.#heads.forEach((head, i) => {
      const isNumber = this.#isNumeric(i) && this.spec.columns[i]?.isText !== true;
      head.classList.toggle('number', isNumber);
      const order = this.#descending ? 'descending' : 'ascending';
      head.setAttribute('aria-sort', i === this.#sortedBy ? order : 'none');
    });
    this.#body.replaceChildren(...rows.slice(0, this.#limit).map((row) => this.#row(row)));
    this.#drawMore(rows.length);
    return rows.length;
  }

  #sorted(): R[] {
    const { text, columns } = this.spec;
    const query = this.#query;
    const found =
      query === '' || text === undefined
        ? [...this.#rows]
        : this.#rows.filter((row) => text(row).toLowerCase().includes(query));
    const value = columns[this.#sortedBy]?.value;
    if (value === undefined) return found;
    const sign = this.#descending ? -1 : 1;
    return found.sort((a, b) => sign * compare(value(a), value(b)));
  }

  #row(row: R): HTMLTableRowElement {
    const line = el('tr');
    this.spec.columns.forEach(({ value, cell, isText }, i) => {
      const raw = value(row);
      const content = cell === undefined ? String(raw) : cell(row);
      const isNumber = typeof raw === 'number' && isText !== true;
      const element = i === 0 ? el('th', { scope: 'row' }) : el('td', isNumber ? NUMBER : {});
      element.append(content);
      line.append(element);
    });
    return line;
  }

  #drawMore(found: number): void {
    this.#more.replaceChildren();
    if (found === 0) this.#more.append('no rows');
    if (found <= this.#limit) return;
    this.#more.append(
      `${whole(this.#limit)} of ${whole(found)} rows `,
      button('show more', () => {
        this.#limit += STEP;
        this.#draw();
      }),
    );
  }
}

const NUMBER = { class: 'number' };

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
