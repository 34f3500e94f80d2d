/** What keys change, and what the lines look like. */
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/app/browse/rows.js';
import { Rows } from '../../src/app/browse/rows.js';
import {
  type BrowserAction,
  type BrowserState,
  currentFrame,
  reduce,
  START,
  shownRows,
  targetsOf,
} from '../../src/app/browse/state.js';
import { actionOf, pressedKeys } from '../../src/cli/browse/keys.js';
import { headLine, rowLine, titleLine } from '../../src/cli/browse/lines.js';
import { outcome, Store, smallImage } from '../facts/helpers.js';

async function rowsOf(store: Store): Promise<Rows> {
  const { facts, marks } = await outcome(store);
  return new Rows(facts, marks);
}

function play(rows: Rows, ...actions: BrowserAction[]): BrowserState {
  return actions.reduce(
    (state, action) => reduce(state, action, shownRows(rows.at(currentFrame(state).place), state)),
    START,
  );
}

const labels = (rows: Rows, state: BrowserState): string[] =>
  shownRows(rows.at(currentFrame(state).place), state).map(({ label }) => label);

function teamStore(): Store {
  const store = new Store();
  smallImage(store, 'team/app', 'one', ['v1']);
  smallImage(store, 'team/app', 'two', ['v2', 'latest']);
  smallImage(store, 'team/app', 'untagged');
  smallImage(store, 'team/app/cache', 'cache', ['c']);
  smallImage(store, 'solo', 'solo', ['s']);
  return store;
}

describe('the browser', () => {
  it('leads from namespaces to images, and marks what rm would be given', async () => {
    const rows = await rowsOf(teamStore());
    expect(labels(rows, play(rows, { kind: 'sort' }))).toEqual(['team/', 'solo']);
    const inTeam = play(rows, { kind: 'open' });
    expect(labels(rows, inTeam)).toEqual(['app/']);
    const inApp = play(rows, { kind: 'open' }, { kind: 'open' });
    const shown = labels(rows, inApp);
    expect(shown).toEqual(expect.arrayContaining(['cache', 'v1', 'v2', 'latest']));
    expect(shown).toHaveLength(5);
    const all = play(rows, { kind: 'mark' });
    expect(targetsOf(all)).toEqual(['team/app', 'team/app/cache']);
    expect(
      targetsOf(play(rows, { kind: 'mark' }, { kind: 'move', by: -1 }, { kind: 'mark' })),
    ).toEqual([]);
  });

  it('says that one of two tags of an image frees nothing', async () => {
    const rows = await rowsOf(teamStore());
    const { place } = currentFrame(play(rows, { kind: 'open' }, { kind: 'open' }));
    const byLabel = new Map(rows.at(place).map((row) => [row.label, row]));
    expect(byLabel.get('v2')!.unique).toBe(0);
    expect(byLabel.get('v1')!.unique).toBeGreaterThan(0);
    expect(byLabel.get('v1')!.targets).toEqual(['team/app:v1']);
  });

  it('goes back over the filter first', async () => {
    const rows = await rowsOf(teamStore());
    const filtered = play(rows, { kind: 'open' }, { kind: 'type', text: 'zzz' });
    expect(labels(rows, filtered)).toEqual([]);
    expect(reduce(filtered, { kind: 'overlay', which: 'info' }, []).overlay).toBeUndefined();
    const back = reduce(filtered, { kind: 'back' }, []);
    expect(labels(rows, back)).toEqual(['app/']);
    expect(labels(rows, reduce(back, { kind: 'back' }, []))).toEqual(['team/', 'solo']);
  });
});

describe('keys', () => {
  const idle = { typing: false, overlay: undefined };
  it('that arrive together count one by one', () => {
    expect(pressedKeys('jd\r', {})).toEqual([
      ['j', {}],
      ['d', {}],
      ['', { return: true }],
    ]);
    expect(actionOf('d', {}, idle, 10)).toEqual({ kind: 'mark' });
  });
  it('typed before the first drawing count too: the terminal makes a line feed of Enter', () => {
    expect(pressedKeys('\n', {})).toEqual([['', { return: true }]]);
    expect(pressedKeys('\ni', {})).toEqual([
      ['', { return: true }],
      ['i', {}],
    ]);
  });
  it('are text while a search is typed, Ctrl-C excepted', () => {
    const typing = { typing: true, overlay: undefined };
    expect(actionOf('q', {}, typing, 10)).toEqual({ kind: 'type', text: 'q' });
    expect(actionOf('c', { ctrl: true }, typing, 10)).toBe('abort');
    expect(actionOf('', { return: true }, typing, 10)).toEqual({
      kind: 'stop-typing',
      keep: true,
    });
  });
});

describe('lines', () => {
  const row: Row = {
    key: 'k',
    kind: 'tag',
    label: 'x'.repeat(300),
    bytes: 123_456_789,
    unique: 1,
    garbage: 0,
    pushed: 0,
    targets: [],
  };
  it.each([40, 60, 80, 200])('fit %i columns', (width) => {
    const look = { width, largest: 1e9, isMarked: true, isCurrent: true };
    expect([...rowLine(row, look)].length).toBeLessThanOrEqual(width);
    expect(headLine(width).length).toBeLessThanOrEqual(width);
    expect(titleLine('/r'.repeat(200), 'app', 'size', width)).toHaveLength(width);
  });
});
