/**
 * Parses YAML as the registry's decoder does (yaml.v2): version 1.1, duplicate keys allowed.
 * Entries of a mapping apply in order, so a `<<` merge overrides keys before it. Pure.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** A configuration has a few hundred nodes. The limit stops aliases that expand without end. */
const MAX_NODES = 20_000;

/** @throws Error if the text is not valid YAML, or has too many nodes */
export function parseGoYaml(text: string): unknown {
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, merge: false });
  if (document.errors.length > 0) throw document.errors[0];
  return new Reader(document).value(document.contents);
}

class Reader {
  #nodes = 0;

  constructor(private readonly document: Document) {}

  value(node: unknown): unknown {
    if (++this.#nodes > MAX_NODES) throw new Error('the configuration has too many entries');
    if (isAlias(node)) return this.value(this.#target(node));
    if (isSeq(node)) return node.items.map((item) => this.value(item));
    if (isMap(node)) return this.#mapping(node.items);
    return isScalar(node) ? node.value : undefined;
  }

  #target(alias: Alias): unknown {
    const target = alias.resolve(this.document);
    if (target === undefined) throw new Error(`unknown anchor ${alias.source}`);
    return target;
  }

  #mapping(items: readonly { key: unknown; value: unknown }[]): Record<string, unknown> {
    const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { key, value } of items) {
      if (isMergeKey(key)) Object.assign(result, ...this.#merged(value));
      else result[this.#keyText(key)] = this.value(value);
    }
    return result;
  }

  /** Keys are strings as written: the key `on` is not a boolean. */
  #keyText(key: unknown): string {
    if (isScalar(key) && key.source !== undefined) return key.source;
    const value = this.value(key);
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  }

  /** Of a list of merged mappings, the first has priority. */
  #merged(node: unknown): Record<string, unknown>[] {
    const value = this.value(node);
    const list = Array.isArray(value) ? [...value].reverse() : [value];
    return list.map((item) => {
      if (typeof item === 'object' && item !== null) return item as Record<string, unknown>;
      throw new Error('map merge requires map or sequence of maps as the value');
    });
  }
}

/** An unquoted `<<`, which the parser represents by a symbol. */
const isMergeKey = (key: unknown): boolean =>
  isScalar(key) && typeof key.value === 'symbol' && key.value.description === '<<';
