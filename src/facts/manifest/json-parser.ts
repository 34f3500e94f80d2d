/** A JSON parser that keeps all values of a duplicate key. `JSON.parse` keeps only the last one. */
import { DepthError, type Json, type JsonObject, MAX_DEPTH, RepeatedValue } from './json-value.js';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const unite = (before: Json | RepeatedValue, value: Json): RepeatedValue =>
  new RepeatedValue(before instanceof RepeatedValue ? [...before.values, value] : [before, value]);

export class Parser {
  #at = 0;

  constructor(private readonly text: string) {}

  parse(): Json {
    const value = this.#value(0);
    this.#skip();
    if (this.#at !== this.text.length) this.#fail();
    return value;
  }

  #value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new DepthError(`is nested deeper than ${MAX_DEPTH} levels`);
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
    const object: Record<string, Json | RepeatedValue> = Object.create(null);
    this.#at += 1;
    if (this.#peek() === 0x7d) {
      this.#at += 1;
      return object;
    }
    for (;;) {
      if (this.#peek() !== 0x22) this.#fail();
      const key = this.#string();
      if (this.#peek() !== 0x3a) this.#fail();
      this.#at += 1;
      const value = this.#value(depth + 1);
      const before = object[key];
      object[key] = before === undefined ? value : unite(before, value);
      if (this.#ends(0x7d)) return object;
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

  /**
   * Consumes the byte after an item.
   * @returns true at the closing bracket, false after a comma
   */
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
