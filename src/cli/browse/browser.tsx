/** The browser on a terminal. It shows and marks; it has no access that could change the tree. */
import { Box, Text, useApp, useInput, useStdout } from 'ink';
import { type ReactElement, useEffect, useMemo, useRef, useState } from 'react';
import type { BrowsedTree } from '../../app/browse/browse.js';
import type { MarkedRemoval } from '../../app/browse/removal.js';
import type { Row, Rows } from '../../app/browse/rows.js';
import {
  type BrowserAction,
  type BrowserState,
  currentFrame,
  reduce,
  START,
  shownRows,
  targetsOf,
} from '../../app/browse/state.js';
import { printable } from '../../storage/names.js';
import { actionOf, type KeyPress, pressedKeys } from './keys.js';
import { HELP, headLine, keysLine, markedLine, rowLine, titleLine } from './lines.js';

export interface BrowserInput {
  readonly tree: BrowsedTree;
  /** Called once, with the marked targets; undefined after Ctrl-C. */
  readonly onLeave: (targets: readonly string[] | undefined) => void;
}

/** Number of fixed lines: title, heading, marks and keys. */
const FRAME_LINES = 4;

export function Browser({ tree, onLeave }: BrowserInput): ReactElement {
  const { root, rows, removal, why } = tree;
  const { exit } = useApp();
  const { width, height } = useSize();
  const { state, latest, apply } = useBrowser(rows);
  const { place, cursor } = currentFrame(state);
  const shown = useMemo(() => shownRows(rows.at(place), state), [rows, place, state]);
  const freed = useRemoval(state, removal);
  const page = Math.max(1, height - FRAME_LINES);

  useInput((text, key) => {
    for (const [letter, pressed] of pressedKeys(text, key as KeyPress)) {
      const action = actionOf(letter, pressed, latest(), page);
      if (action === 'leave' || action === 'abort') {
        onLeave(action === 'leave' ? targetsOf(latest()) : undefined);
        exit();
        return;
      }
      if (action !== undefined) apply(action);
    }
  });

  const row = shown[cursor];
  const overlay = useMemo(() => {
    if (state.overlay !== 'info') return HELP;
    return row === undefined ? [] : why(row, page + 1);
  }, [state.overlay, row, why, page]);
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Line bold>
        {titleLine(printable(root), printable(rows.title(place)), state.sort, width)}
      </Line>
      {state.overlay === undefined ? (
        <List {...{ shown, cursor, page, width, state }} />
      ) : (
        <Overlay lines={overlay} page={page + 1} />
      )}
      <Line>{state.typing ? `Search: ${state.filter}_` : markedLine(state, freed, width)}</Line>
      <Line dim>{state.overlay === undefined ? keysLine(width) : 'Any key: back'}</Line>
    </Box>
  );
}

interface ListInput {
  readonly shown: readonly Row[];
  readonly cursor: number;
  readonly page: number;
  readonly width: number;
  readonly state: BrowserState;
}

/** Draws only the rows that fit the screen, so that the time doesn't grow with their number. */
function List({ shown, cursor, page, width, state }: ListInput): ReactElement {
  const first = Math.max(0, Math.min(cursor - Math.floor(page / 2), shown.length - page));
  const largest = shown.reduce((most, { bytes }) => Math.max(most, bytes), 1);
  return (
    <>
      <Line dim>{headLine(width)}</Line>
      <Box flexDirection="column" height={page}>
        {shown.length === 0 ? <Line>{'    nothing here'}</Line> : null}
        {shown.slice(first, first + page).map((row, i) => {
          const isCurrent = first + i === cursor;
          const isMarked = state.marked.has(row.key);
          const line = rowLine(row, { width, largest, isMarked, isCurrent });
          return (
            <Line key={row.key} inverse={isCurrent} bold={isMarked}>
              {line}
            </Line>
          );
        })}
      </Box>
    </>
  );
}

function Overlay({ lines, page }: { lines: readonly string[]; page: number }): ReactElement {
  return (
    <Box flexDirection="column" height={page}>
      {lines.slice(0, page).map((line, i) => (
        <Line key={i}>{line === '' ? ' ' : line}</Line>
      ))}
    </Box>
  );
}

interface LineInput {
  readonly children: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
}

function Line({ children, bold = false, dim = false, inverse = false }: LineInput): ReactElement {
  return (
    <Text wrap="truncate" bold={bold} dimColor={dim} inverse={inverse}>
      {children}
    </Text>
  );
}

/** Keys may come faster than React draws, so each key is applied to the latest state in a ref. */
function useBrowser(rows: Rows) {
  const [state, setState] = useState(START);
  const current = useRef(START);
  const latest = (): BrowserState => current.current;
  const apply = (action: BrowserAction): void => {
    const before = current.current;
    current.current = reduce(
      before,
      action,
      shownRows(rows.at(currentFrame(before).place), before),
    );
    setState(current.current);
  };
  return { state, latest, apply };
}

function useSize(): { width: number; height: number } {
  const { stdout } = useStdout();
  const read = () => ({ width: stdout.columns || 80, height: (stdout.rows || 24) - 1 });
  const [size, setSize] = useState(read);
  useEffect(() => {
    const update = (): void => setSize(read());
    stdout.on('resize', update);
    return () => {
      stdout.off('resize', update);
    };
  });
  return size;
}

/** Computes the freed size with a delay, so that the mark appears first. */
function useRemoval(
  { marked }: BrowserState,
  removal: BrowsedTree['removal'],
): MarkedRemoval | undefined {
  const [known, setKnown] = useState<{ of: unknown; is: MarkedRemoval }>();
  useEffect(() => {
    const timer = setTimeout(
      () => setKnown({ of: marked, is: removal(targetsOf({ marked })) }),
      20,
    );
    return () => clearTimeout(timer);
  }, [marked, removal]);
  return known?.of === marked ? known.is : undefined;
}
