/** Suggests how to write a text that looks like a regular expression. */

/** @returns the text as a regular expression and as a glob, as the end of an error's remedy */
export function bothForms(text: string): string {
  const isAnchored = text.startsWith('^') || text.endsWith('$');
  const expression = isAnchored
    ? `/${text}/`
    : text.includes('|')
      ? `/^(${text})$/`
      : `/^${text}$/`;
  const glob = asGlob(text);
  const hasDotStar = glob !== undefined && /(?<!\\)\.\*/.test(text) && !/[\^$|()\\]/.test(text);
  const dotted = hasDotStar
    ? `, or "${text.replaceAll('.*', '[.]*')}" if the dot is meant literally`
    : '';
  const other = glob === undefined ? 'use only *, ?, [a-z], {a,b}, !(a)' : `"${glob}"${dotted}`;
  return `as a regular expression: "${expression}"; as a glob: ${other}`;
}

/** @returns undefined if there is no simple glob for it */
function asGlob(text: string): string | undefined {
  const openStart = !text.startsWith('^');
  const openEnd = !text.endsWith('$');
  const anchored = !openStart || !openEnd;
  let body = text.replace(/^\^/, '').replace(/\$$/, '');
  const group = /^\((?:\?:)?([^()]*)\)$/.exec(body);
  if (group !== null) body = group[1]!;
  const plain = body
    .replaceAll('\\d', '[0-9]')
    .replaceAll('\\w', '[A-Za-z0-9_]')
    .replace(/(\[[^\]]*\]|[A-Za-z0-9])\+/g, (_, one: string) => `+(${one.replace(/^\[\[/, '[')})`)
    .replace(/(\[[^\]]*\])\*/g, '*($1)')
    .replace(/\\\.\*/g, '[.]*')
    .replace(/\\([._-])/g, '$1')
    .replace(/\.[*+](?!\()/g, (all) => (all === '.*' ? '*' : '?*'));
  const choices = plain.includes('|') ? `{${plain.split('|').join(',')}}` : plain;
  if (/[\\^$|]|\((?<![+*@!?]\()|\{\d/.test(choices.replace(/\[[^\]]*\]/g, ''))) return undefined;
  const start = anchored && openStart ? '*' : '';
  const end = anchored && openEnd && !choices.endsWith('*') ? '*' : '';
  return start + choices + end;
}
