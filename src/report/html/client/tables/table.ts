/** A table that can be sorted by its headings and searched. Long tables are shown in parts. */
import { button, el } from '../dom.js';
import { whole } from '../format.js';

export interface Column<R> {
  readonly title: string;
  /** The sort key of a row. Columns of numbers are aligned right and sorted in descending order. */
  readonly value: (row: R) => number | string;
  readonly cell?: (row: R) => Node | string;
  /** The numbers stand for words, so they are aligned left. */
  readonly isText?: boolean;
  /** It gets the width that the other columns leave. Its cells shorten their text: see `clipped`. */
  readonly isLong?: boolean;
}

export interface TableSpec<R> {
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  /** Column that the table is sorted by at first; -1 keeps the given order. */
  readonly sortedBy: number;
  /** The text that the search looks at. */
  readonly text?: (row: R) => string;
  /** Whether the search finds a row that its text doesn't match. */
  readonly matches?: (row: R) => boolean;
  /** Rows without information. They are hidden until the table is sorted or searched. */
  readonly folds?: { readonly isZero: (row: R) => boolean; readonly what: string };
  readonly rows: readonly R[];
}

const AT_FIRST = 25;
const STEP = 500;

export class Table<R> {
  readonly element = el('div', { class: 'table', tabindex: '0', role: 'group' });
  readonly #body = el('tbody', { role: 'rowgroup' });
  readonly #more = el('p', { class: 'more' });
  readonly #heads: HTMLTableCellElement[] = [];
  #rows: readonly R[];
  #sortedBy: number;
  #descending: boolean;
  #query = '';
  #limit = AT_FIRST;
  #isFolded = true;

  constructor(private readonly spec: TableSpec<R>) {
    this.#rows = spec.rows;
    this.#sortedBy = spec.sortedBy;
    this.#descending = this.#isNumeric(spec.sortedBy);
    this.element.setAttribute('aria-label', spec.caption);
    const head = el('tr', { role: 'row' });
    spec.columns.forEach((_, i) => {
      head.append(this.#heading(i));
    });
    // Explicit roles: on a phone, rows are shown as boxes, and browsers then drop the table roles.
    const table = el('table', { role: 'table' }, el('caption', {}, spec.caption));
    table.append(el('thead', { role: 'rowgroup' }, head), this.#body);
    this.element.append(table, this.#more);
    this.#draw();
  }

  /** Replaces the rows. */
  show(rows: readonly R[]): void {
    this.#rows = rows;
    this.#limit = AT_FIRST;
    this.#draw();
  }

  search(query: string): void {
    this.#query = query;
    this.#limit = AT_FIRST;
    this.#draw();
  }

  /** Draws the rows again, after values changed. */
  redraw(): void {
    this.#draw();
  }

  #isNumeric(column: number): boolean {
    const row = this.spec.rows[0] ?? this.#rows[0];
    return row !== undefined && typeof this.spec.columns[column]?.value(row) === 'number';
  }

  #heading(column: number): HTMLTableCellElement {
    const { title, isLong } = this.spec.columns[column]!;
    const head = el('th', { scope: 'col', role: 'columnheader', ...(isLong ? LONG : {}) });
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

  #draw(): void {
    const { rows, folded } = this.#unfolded(this.#sorted());
    this.#heads.forEach((head, i) => {
      const isNumber = this.#isNumeric(i) && this.spec.columns[i]?.isText !== true;
      head.classList.toggle('number', isNumber);
      const order = this.#descending ? 'descending' : 'ascending';
      head.setAttribute('aria-sort', i === this.#sortedBy ? order : 'none');
    });
    this.#body.replaceChildren(...rows.slice(0, this.#limit).map((row) => this.#row(row)));
    this.#drawMore(rows.length, folded);
  }

  #unfolded(all: readonly R[]): { rows: readonly R[]; folded: number } {
    const { folds, sortedBy } = this.spec;
    const isAsAtFirst = this.#query === '' && this.#sortedBy === sortedBy && this.#descending;
    if (folds === undefined || !this.#isFolded || !isAsAtFirst) return { rows: all, folded: 0 };
    const rows = all.filter((row) => !folds.isZero(row));
    return rows.length === 0
      ? { rows: all, folded: 0 }
      : { rows, folded: all.length - rows.length };
  }

  #sorted(): R[] {
    const { text, columns } = this.spec;
    const query = this.#query;
    const matches =
      this.spec.matches ?? ((row: R) => text?.(row).toLowerCase().includes(query) ?? true);
    const found = query === '' ? [...this.#rows] : this.#rows.filter(matches);
    const value = columns[this.#sortedBy]?.value;
    if (value === undefined) return found;
    const sign = this.#descending ? -1 : 1;
    return found.sort((a, b) => sign * compare(value(a), value(b)));
  }

  #row(row: R): HTMLTableRowElement {
    const line = el('tr', { role: 'row' });
    this.spec.columns.forEach(({ title, value, cell, isText, isLong }, i) => {
      const raw = value(row);
      const content = cell === undefined ? String(raw) : cell(row);
      const kind = isLong ? LONG : typeof raw === 'number' && isText !== true ? NUMBER : {};
      const element =
        i === 0
          ? el('th', { scope: 'row', role: 'rowheader', ...kind })
          : el('td', { role: 'cell', 'data-title': title, ...kind });
      element.append(content);
      line.append(element);
    });
    return line;
  }

  #drawMore(found: number, folded: number): void {
    this.#more.replaceChildren();
    if (found === 0) this.#more.append('No rows match.');
    if (found > this.#limit) {
      const more = (): void => {
        this.#limit += STEP;
        this.#draw();
      };
      this.#more.append(
        `${whole(this.#limit)} of ${whole(found)} rows. `,
        button('Show more', more),
      );
    }
    if (folded > 0) {
      const unfold = (): void => {
        this.#isFolded = false;
        this.#draw();
      };
      const what = `${whole(folded)} more ${this.spec.folds!.what}. `;
      this.#more.append(what, button('Show them', unfold));
    }
  }
}

const NUMBER = { class: 'number' };
const LONG = { class: 'long' };

/**
 * One line of a long column. Text that doesn't fit loses its beginning, because names differ at
 * their end; the title has all of it.
 */
export const clipped = (text: string): HTMLElement =>
  el('span', { class: 'clip', title: text }, el('bdi', { dir: 'ltr' }, text));

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
