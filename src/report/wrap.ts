/** Breaks long lines of text at spaces, for terminals. Commands stay in one piece, to be pasted. */

/** Escape sequences of colours. */
const COLOR = /\u001b\[[0-9;]*m/g;
/** The least width for text beside its label. */
const LEAST_TEXT = 24;
/** Before the text of a line: an arrow, a sign of the guard, or the severity of a finding. */
const MARKER = /^ *(?:[→!+] |(?:UNSAFE|DAMAGED|debris|info) +)?/;
const COMMENT = /^(.*\S) {2,}# (.*)$/;

const PROGRAMS =
  'regsweep|docker|podman|kubectl|systemctl|sudo|nsenter|skopeo|buildah|kill|ps|mv|cp|rm|ln|' +
  'mkdir|rmdir|chmod|chown|chattr|setfacl|mount|umount|exportfs|smbcontrol|btrfs|rsync|' +
  'touch|tune2fs|apt-get|redis-cli|ssh-keygen';
/** A command up to the end of the line. In a sentence, an article follows the verb, or a full stop ends it. */
const COMMAND = new RegExp(
  `(?:^ *|→ |[:;] +)((?:${PROGRAMS}) (?!(?:a|an|and|it|its|the|this|that|them|your) ).*[^.)])$`,
);

const lengthOf = (text: string): number => text.replace(COLOR, '').length;

/** @param width columns; infinite: nothing is changed */
export function wrapText(text: string, width: number): string {
  if (text.length <= width) return text;
  return text
    .split('\n')
    .map((line) => (lengthOf(line) <= width ? line : wrapLine(line, width).join('\n')))
    .join('\n');
}

function wrapLine(line: string, width: number): string[] {
  const [, body = line, comment] = COMMENT.exec(line) ?? [];
  const indent = ' '.repeat(hangOf(line, width));
  const command = COMMAND.exec(body)?.[1];
  const before = command === undefined ? body : body.slice(0, body.length - command.length);
  const fits = lengthOf(body) <= width || before.trim().length < 2;
  const lines =
    command === undefined
      ? wrapWords(body, indent, width)
      : fits
        ? [body]
        : [...wrapWords(before.trimEnd(), indent, width), `${ownIndent(line)}  ${command}`];
  return comment === undefined
    ? lines
    : [...lines, ...wrapWords(`${indent}# ${comment}`, `${indent}# `, width)];
}

const ownIndent = (text: string): string => /^ */.exec(text)![0];

/** Columns before continued lines: those of the label or marker, or two more than the line's own. */
function hangOf(line: string, width: number): number {
  const text = line.replace(COLOR, '');
  const marker = MARKER.exec(text)?.[0] ?? '';
  const own = ownIndent(text).length;
  const gaps = [...text.slice(own, width - LEAST_TEXT).matchAll(/ {2,}(?=[^ #])/g)];
  const last = gaps.at(-1);
  if (last !== undefined) return own + last.index + last[0].length;
  return marker.length > own ? marker.length : own + 2;
}

function wrapWords(line: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (lengthOf(rest) > width) {
    const at = breakBefore(rest, width, indent.length);
    if (at === undefined) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Where the first line ends: the last space after `from` that fits, or the first one. */
function breakBefore(text: string, width: number, from: number): number | undefined {
  let found: number | undefined;
  for (const { index } of text.matchAll(/(?<=\S) /g)) {
    if (index <= from) continue;
    if (lengthOf(text.slice(0, index)) > width) return found ?? index;
    found = index;
  }
  return found;
}
