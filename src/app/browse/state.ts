/** The browser's state, and the effect of each key on it. Pure. */
import { type Place, ROOT, type Row } from './rows.js';

const SORTS = ['size', 'unique', 'garbage', 'pushed', 'name'] as const;
export type Sort = (typeof SORTS)[number];

interface Frame {
  readonly place: Place;
  /** Index into the shown rows. */
  readonly cursor: number;
}

export interface BrowserState {
  /** The screens from the first to the one that is shown. */
  readonly frames: readonly Frame[];
  readonly sort: Sort;
  /** Only rows whose label contains this text are shown, ignoring case. */
  readonly filter: string;
  /** Whether the filter is being typed. */
  readonly typing: boolean;
  /** References marked for removal, by the key of their row. */
  readonly marked: ReadonlyMap<string, readonly string[]>;
  readonly overlay: 'help' | 'info' | undefined;
}

export const START: BrowserState = {
  frames: [{ place: ROOT, cursor: 0 }],
  sort: 'size',
  filter: '',
  typing: false,
  marked: new Map(),
  overlay: undefined,
};

export type BrowserAction =
  | { readonly kind: 'move'; readonly by: number }
  | { readonly kind: 'open' }
  | { readonly kind: 'back' }
  | { readonly kind: 'sort' }
  | { readonly kind: 'mark' }
  | { readonly kind: 'search' }
  | { readonly kind: 'type'; readonly text: string }
  | { readonly kind: 'erase' }
  | { readonly kind: 'stop-typing'; readonly keep: boolean }
  | { readonly kind: 'overlay'; readonly which: 'help' | 'info' | undefined };

export const currentFrame = ({ frames }: BrowserState): Frame => frames[frames.length - 1]!;

/** The rows of a screen in the order in which they are shown. */
export function shownRows(rows: readonly Row[], { sort, filter }: BrowserState): Row[] {
  const wanted = filter.toLowerCase();
  const order = ORDERS[sort];
  return rows
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .sort((a, b) => order(a, b) || compareNames(a, b));
}

const compareNames = (a: Row, b: Row): number =>
  a.label < b.label ? -1 : Number(a.label > b.label);

const ORDERS: Readonly<Record<Sort, (a: Row, b: Row) => number>> = {
  size: (a, b) => b.bytes - a.bytes,
  unique: (a, b) => b.unique - a.unique,
  garbage: (a, b) => b.garbage - a.garbage,
  pushed: (a, b) => (b.pushed ?? 0) - (a.pushed ?? 0),
  name: compareNames,
};

/** @param rows the rows that are shown now */
export function reduce(
  state: BrowserState,
  action: BrowserAction,
  rows: readonly Row[],
): BrowserState {
  const { cursor } = currentFrame(state);
  switch (action.kind) {
    case 'move':
      return atRow(state, cursor + action.by, rows.length);
    case 'open':
      return opened(state, rows[cursor]?.into);
    case 'back':
      return closed(state);
    case 'sort':
      return atRow(
        { ...state, sort: SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length]! },
        0,
        1,
      );
    case 'mark':
      return atRow(marked(state, rows[cursor]), cursor + 1, rows.length);
    case 'search':
      return { ...state, typing: true };
    case 'type':
      return atRow({ ...state, filter: state.filter + action.text }, 0, 1);
    case 'erase':
      return atRow({ ...state, filter: state.filter.slice(0, -1) }, 0, 1);
    case 'stop-typing':
      return { ...state, typing: false, filter: action.keep ? state.filter : '' };
    case 'overlay':
      if (action.which === 'info' && rows[cursor] === undefined) return state;
      return { ...state, overlay: action.which };
  }
}

function atRow(state: BrowserState, wanted: number, count: number): BrowserState {
  const cursor = Math.max(0, Math.min(wanted, count - 1));
  const above = state.frames.slice(0, -1);
  return { ...state, frames: [...above, { ...currentFrame(state), cursor }] };
}

function opened(state: BrowserState, into: Place | undefined): BrowserState {
  if (into === undefined) return state;
  return { ...state, filter: '', frames: [...state.frames, { place: into, cursor: 0 }] };
}

/** Ends the filter first, then leaves the screen. */
function closed(state: BrowserState): BrowserState {
  if (state.filter !== '') return atRow({ ...state, filter: '' }, 0, 1);
  if (state.frames.length === 1) return state;
  return { ...state, frames: state.frames.slice(0, -1) };
}

function marked(state: BrowserState, row: Row | undefined): BrowserState {
  if (row === undefined || row.targets.length === 0) return state;
  const next = new Map(state.marked);
  if (!next.delete(row.key)) next.set(row.key, row.targets);
  return { ...state, marked: next };
}

/** All marked references, without duplicates, sorted. */
export const targetsOf = ({ marked }: Pick<BrowserState, 'marked'>): string[] =>
  [...new Set([...marked.values()].flat())].sort();
