/** Runs the browser on a screen of its own, so that the terminal is as it was when it ends. */
import { render } from 'ink';
import { Browser, type BrowserInput } from './browser.js';

const OTHER_SCREEN = '\u001b[?1049h\u001b[H';
const FIRST_SCREEN = '\u001b[?1049l';

/** @returns what is marked when it ends; undefined where it was left by Ctrl-C or a signal */
export async function showBrowser(
  tree: BrowserInput['tree'],
  signal: AbortSignal,
): Promise<string[] | undefined> {
  let targets: readonly string[] | undefined;
  const onLeave = (marked: readonly string[] | undefined): void => {
    targets = marked;
  };
  process.stdout.write(OTHER_SCREEN);
  try {
    const app = render(<Browser tree={tree} onLeave={onLeave} />, {
      exitOnCtrlC: false,
      patchConsole: false,
    });
    signal.addEventListener('abort', () => app.unmount(), { once: true });
    await app.waitUntilExit();
  } finally {
    process.stdout.write(FIRST_SCREEN);
  }
  return targets === undefined ? undefined : [...targets];
}
