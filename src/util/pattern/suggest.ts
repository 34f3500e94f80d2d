/** For a text that was meant as a regular expression: both ways to write it. */

/** The two forms, as the end of an error's remedy. */
export function bothForms(text: string): string {
  const isTied = text.startsWith('^') || text.endsWith('$');
  const expression = isTied ? `/${text}/` : text.includes('|') ? `/^(${text})$/` : `/^${text}$/`;
  const glob = asGlob(text);
  const isDotMeant = glob !== undefined && /(?<!\\)\.\*/.test(text) && !/[\^$|()\\]/.test(text);
  const dotted = isDotMeant ? `, or "${text.replaceAll('.*', '[.]*')}" with the dot` : '';
  const other = glob === undefined ? 'with *, ?, [a-z], {a,b}, !(a) only' : `"${glob}"${dotted}`;
  return `as a regular expression: "${expression}"; as a glob: ${other}`;
}

/** Undefined where a glob can't say it in a simple way. */
function asGlob(text: string): string | undefined {
  const openStart = !text.startsWith('^');
  const openEnd = !text.endsWith('$');
  const tied = !openStart || !openEnd;
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
  const start = tied && openStart ? '*' : '';
  const end = tied && openEnd && !choices.endsWith('*') ? '*' : '';
  return start + choices + end;
}
