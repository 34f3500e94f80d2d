/** Text with a button that copies it. */
import { button, el } from './dom.js';

const SAID_MS = 1500;

/** @param what names the text for a screen reader */
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

/** Browsers without the clipboard's API still copy what is selected. */
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

/** A line of shell to paste. */
export const commandLine = (command: string): HTMLElement =>
  el('p', { class: 'command' }, el('code', {}, command), copyButton(command, `command ${command}`));
