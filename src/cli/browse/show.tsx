/**
 * Runs the browser on the terminal's alternate screen, and restores the normal screen afterwards.
 */
import { render } from 'ink';
import { Browser, type BrowserInput } from './browser.js';

const OTHER_SCREEN = '\u001b[?1049h\u001b[H';
const FIRST_SCREEN = '\u001b[?1049l';

/** @returns the marked targets; undefined after Ctrl-C or a signal */
export async function showBrowser(
  tree: BrowserInput['tree'],
  signal: AbortSignal,
): Promise<string[] | undefined> {
  let targets: readonly string[] | undefined;
  const onLeave = (marked: readonly string[] | undefined): void => {
    targets = marked;
  };
  // Before the first drawing: keys that are typed at once are neither echoed nor changed.
  process.stdin.setRawMode(true);
  process.stdout.write(OTHER_SCREEN);
  try {
    const app = render(<Browser tree={tree} onLeave={onLeave} />, {
      exitOnCtrlC: false,
      patchConsole: false,
    });
    signal.addEventListener('abort', () => app.unmount(), { once: true });
    await app.waitUntilExit();
  } finally {
    process.stdin.setRawMode(false);
    process.stdout.write(FIRST_SCREEN);
  }
  return targets === undefined ? undefined : [...targets];
}
