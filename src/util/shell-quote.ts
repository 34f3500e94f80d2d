/** Quotes a word for a POSIX shell, so that a command with untrusted text is safe to paste. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
