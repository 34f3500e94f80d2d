/** Quotes words for a shell, so that commands with untrusted text are safe to paste. */

/** Control characters, direction marks, and bytes that are not UTF-8 (as storage/names.ts has them). */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\udc80-\udcff](?<![\ud800-\udbff].)/;

/** @returns the word; `$'...'`, as bash, zsh and ksh read it, if it contains what a terminal can't show */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!UNPRINTABLE.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${[...text].map(escaped).join('')}'`;
}

function escaped(char: string): string {
  if (char === "'" || char === '\\') return `\\${char}`;
  if (!UNPRINTABLE.test(char)) return char;
  const code = char.charCodeAt(0);
  const bytes = code >= 0xdc80 && code <= 0xdcff ? [code - 0xdc00] : new TextEncoder().encode(char);
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
