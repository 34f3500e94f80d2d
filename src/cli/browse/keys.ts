/** Maps keys to the browser's actions. */
import type { BrowserAction, BrowserState } from '../../app/browse/state.js';

/** The fields of ink's `Key` that are used. */
export interface KeyPress {
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

export type Pressed = BrowserAction | 'leave' | 'abort';

/** Splits text of several keys, which arrive together over a slow connection, into single keys. */
export function pressedKeys(text: string, key: KeyPress): [string, KeyPress][] {
  const letters = [...text];
  if (letters.length < 2 && text !== '\n') return [[text, key]];
  // Until the first drawing, the terminal itself makes a line feed of Enter.
  return letters.map((letter) =>
    letter === '\r' || letter === '\n' ? ['', { return: true }] : [letter, key],
  );
}

/** @param page number of rows that fit the screen */
export function actionOf(
  text: string,
  key: KeyPress,
  { typing, overlay }: Pick<BrowserState, 'typing' | 'overlay'>,
  page: number,
): Pressed | undefined {
  if (key.ctrl === true) return text === 'c' ? 'abort' : undefined;
  if (overlay !== undefined) return { kind: 'overlay', which: undefined };
  if (typing) return whileTyping(text, key);
  return moving(key, page) ?? LETTERS[text];
}

function whileTyping(text: string, key: KeyPress): BrowserAction | undefined {
  if (key.return === true) return { kind: 'stop-typing', keep: true };
  if (key.escape === true) return { kind: 'stop-typing', keep: false };
  // Terminals send either of them for Backspace.
  if (key.backspace === true || key.delete === true) return { kind: 'erase' };
  return text === '' || key.meta === true ? undefined : { kind: 'type', text };
}

const move = (by: number): BrowserAction => ({ kind: 'move', by });
const ALL = 1e9;

function moving(key: KeyPress, page: number): BrowserAction | undefined {
  if (key.upArrow === true) return move(-1);
  if (key.downArrow === true) return move(1);
  if (key.pageUp === true) return move(-page);
  if (key.pageDown === true) return move(page);
  if (key.home === true) return move(-ALL);
  if (key.end === true) return move(ALL);
  if (key.return === true || key.rightArrow === true) return { kind: 'open' };
  if (key.leftArrow === true || key.backspace === true || key.delete === true) {
    return { kind: 'back' };
  }
  return key.escape === true ? { kind: 'back' } : undefined;
}

const LETTERS: Readonly<Record<string, BrowserAction | 'leave'>> = {
  k: move(-1),
  j: move(1),
  g: move(-ALL),
  G: move(ALL),
  l: { kind: 'open' },
  h: { kind: 'back' },
  d: { kind: 'mark' },
  ' ': { kind: 'mark' },
  i: { kind: 'overlay', which: 'info' },
  '?': { kind: 'overlay', which: 'help' },
  s: { kind: 'sort' },
  '/': { kind: 'search' },
  q: 'leave',
};
