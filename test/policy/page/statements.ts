/** What a page of the documentation states: its sentences and the rows of its tables, in their order. */

const SENTENCE_END = /(?<=\.) +(?=[A-Z`[])/;

/** Headings, code and the heads of tables state nothing. */
export function statementsOf(markdown: string): string[] {
  const text = markdown.replace(/^```[\s\S]*?^```$/gm, '');
  const lines = text.split('\n').filter((line) => !/^#/.test(line));
  const rows = lines.filter((_, i) => !isHead(lines[i + 1]) && !isHead(lines[i]));
  return blocksOf(rows).flatMap((block) =>
    block.startsWith('|') ? [cellsOf(block)] : block.split(SENTENCE_END),
  );
}

const isHead = (line: string | undefined): boolean =>
  line !== undefined && /^\|[-| ]+\|$/.test(line);

/** Paragraphs, items of lists and rows of tables, each as one line. */
function blocksOf(lines: readonly string[]): string[] {
  const blocks: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    const item = /^(?:- |\d+\. |(?=\|))/.exec(line);
    if (line.trim() === '') isOpen = false;
    else if (item !== null || !isOpen) {
      blocks.push(line.slice(item?.[0].length ?? 0));
      isOpen = true;
    } else blocks.push(`${blocks.pop()} ${line.trim()}`);
  }
  return blocks;
}

const cellsOf = (row: string): string =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())
    .join(' | ');
