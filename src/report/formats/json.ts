/** JSON in chunks, so that a long list never becomes one string. */

const CHUNK = 1 << 16;

/**
 * Readable JSON: a line per field, and a line per item of a list.
 * @param document a plain object; each iterable field (except strings) is written as a list
 */
export function* jsonChunks(document: Readonly<Record<string, unknown>>): Generator<string> {
  let buffer = '{';
  let first = true;
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    buffer += `${first ? '' : ','}\n  ${JSON.stringify(name)}: `;
    first = false;
    if (!isIterable(value)) {
      buffer += JSON.stringify(value, undefined, 2).replaceAll('\n', '\n  ');
      continue;
    }
    let separator = '[\n';
    for (const item of value) {
      buffer += `${separator}    ${JSON.stringify(item)}`;
      separator = ',\n';
      if (buffer.length > CHUNK) {
        yield buffer;
        buffer = '';
      }
    }
    buffer += separator === '[\n' ? '[]' : '\n  ]';
  }
  yield `${buffer}\n}\n`;
}

/**
 * NDJSON: first a line of type `summary` with all fields that are no lists, then a line per item of
 * each list, with its `type`.
 */
export function* ndjsonChunks(document: Readonly<Record<string, unknown>>): Generator<string> {
  const entries = Object.entries(document).filter(([, value]) => value !== undefined);
  const rest = Object.fromEntries(entries.filter(([, value]) => !isIterable(value)));
  let buffer = `${JSON.stringify({ type: 'summary', ...rest })}\n`;
  for (const [name, value] of entries) {
    if (!isIterable(value)) continue;
    const type = ITEM_NAMES[name] ?? name;
    for (const item of value) {
      buffer += `${JSON.stringify(typeof item === 'object' ? { type, ...item } : { type, value: item })}\n`;
      if (buffer.length > CHUNK) {
        yield buffer;
        buffer = '';
      }
    }
  }
  if (buffer !== '') yield buffer;
}

const ITEM_NAMES: Readonly<Record<string, string>> = {
  repositories: 'repository',
  findings: 'finding',
  actions: 'action',
  runs: 'run',
  notes: 'note',
  problems: 'problem',
  chain: 'step',
  corrupt: 'corrupt-blob',
  ages: 'age',
  tags: 'tag',
  layers: 'layer',
  namespaces: 'namespace',
};

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
