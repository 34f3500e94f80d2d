/** Text with a button that copies it. */
import { button, el } from './dom.js';

const SAID_MS = 1500;

/** @param what describes the text to screen readers */
export function copyButton(text: string, what: string): HTMLButtonElement {
  const element = button('Copy', () => void copy(), 'copy');
  element.setAttribute('aria-label', `Copy ${what}`);
  async function copy(): Promise<void> {
    element.textContent = (await written(text)) ? 'Copied' : 'Not copied';
    setTimeout(() => {
      element.textContent = 'Copy';
    }, SAID_MS);
  }
  return element;
}

/** For browsers without the clipboard API: copies by a selection. */
async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el('textarea', { class: 'unseen', readonly: '' }, text);
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

/** A shell command with a copy button. */
export const commandLine = (command: string): HTMLElement =>
  el('p', { class: 'command' }, el('code', {}, command), copyButton(command, `command ${command}`));
