/**
 * JSON as Go's decoder reads it: keys fold case, and a key may come twice. Objects are therefore
 * lists of pairs with folded keys, duplicates kept. Nothing else here is lenient.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export class JsonObject {
  constructor(readonly pairs: readonly (readonly [key: string, value: Json])[]) {}

  /** Every value under a folded key, in order. */
  all(key: string): Json[] {
    const values: Json[] = [];
    for (const [name, value] of this.pairs) if (name === key) values.push(value);
    return values;
  }
}

/** Deeper than any manifest; a bound on our own stack. */
export const MAX_DEPTH = 200;

export class DepthError extends Error {
  override readonly name = 'DepthError';
}

/** Go's simple folding: `ſ` is an s and the Kelvin sign a k. */
function fold(key: string): string {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code >= 0x80 || (code >= 65 && code <= 90)) return key.toUpperCase().toLowerCase();
  }
  return key;
}

/**
 * @throws SyntaxError where it is no JSON
 * @throws DepthError where it nests deeper than MAX_DEPTH
 */
export function parseJson(text: string): Json {
  const parser = new Parser(text);
  return parser.whole();
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Parser {
  #at = 0;

  constructor(private readonly text: string) {}

  whole(): Json {
    const value = this.#value(0);
    this.#skip();
    if (this.#at !== this.text.length) this.#fail();
    return value;
  }

  #value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new DepthError(`nests deeper than ${MAX_DEPTH}`);
    this.#skip();
    switch (this.text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#object(depth);
      case 0x5b:
        return this.#array(depth);
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    const pairs: [string, Json][] = [];
    this.#at += 1;
    if (this.#peek() === 0x7d) {
      this.#at += 1;
      return new JsonObject(pairs);
    }
    for (;;) {
      if (this.#peek() !== 0x22) this.#fail();
      const key = fold(this.#string());
      if (this.#peek() !== 0x3a) this.#fail();
      this.#at += 1;
      pairs.push([key, this.#value(depth + 1)]);
      if (this.#ends(0x7d)) return new JsonObject(pairs);
    }
  }

  #array(depth: number): Json[] {
    const items: Json[] = [];
    this.#at += 1;
    if (this.#peek() === 0x5d) {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(this.#value(depth + 1));
      if (this.#ends(0x5d)) return items;
    }
  }

  /** After an item: true at the closing bracket, false after a comma. */
  #ends(close: number): boolean {
    const code = this.#peek();
    this.#at += 1;
    if (code === close) return true;
    if (code !== 0x2c) this.#fail();
    this.#skip();
    return false;
  }

  #string(): string {
    const from = this.#at;
    let i = from + 1;
    let escaped = false;
    for (; ; i++) {
      const code = this.text.charCodeAt(i);
      if (code === 0x22) break;
      if (code === 0x5c) {
        escaped = true;
        i += 1;
      } else if (!(code >= 0x20)) this.#fail();
    }
    this.#at = i + 1;
    if (!escaped) return this.text.slice(from + 1, i);
    return JSON.parse(this.text.slice(from, i + 1)) as string;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.text);
    if (match === null) return this.#fail();
    this.#at = NUMBER.lastIndex;
    return Number(match[0]);
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.#at)) this.#fail();
    this.#at += word.length;
    return value;
  }

  #peek(): number {
    this.#skip();
    return this.text.charCodeAt(this.#at);
  }

  #skip(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #fail(): never {
    throw new SyntaxError(`not JSON at character ${this.#at}`);
  }
}
