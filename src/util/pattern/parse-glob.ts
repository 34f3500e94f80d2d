/**
 * Parses a glob as bash does with `extglob` and `globstar`. Two cases are errors: characters that
 * no name contains, and syntax that exists only in regular expressions.
 */
import { type RegsweepError, usageError } from '../errors.js';
import { readBracket } from './bracket.js';
import type { GlobNode, GlobPart, Subject } from './glob-model.js';
import { bothForms } from './suggest.js';

type Sign = Extract<GlobNode, { kind: 'group' }>['sign'];

const MAX_DEPTH = 20;

/**
 * @param text without braces to expand
 * @param original as the user wrote it, for messages
 * @throws RegsweepError `usage`
 */
export const parseGlob = (text: string, subject: Subject, original = text): GlobPart[] =>
  new Parser(text, subject, original).parts();

class Parser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(
    text: string,
    readonly subject: Subject,
    readonly original: string,
  ) {
    this.#chars = [...text];
  }

  parts(): GlobPart[] {
    const parts: GlobPart[] = [];
    for (;;) {
      const start = this.#at;
      const nodes = this.#nodes();
      const source = this.#chars.slice(start, this.#at).join('');
      parts.push(this.subject === 'repository' ? this.#part(source, nodes) : nodes);
      if (this.#at >= this.#chars.length) return parts;
      this.#at += 1;
    }
  }

  #part(source: string, nodes: readonly GlobNode[]): GlobPart {
    if (source === '**') return '**';
    if (source.includes('**')) {
      const wider = `${source.replaceAll('**', '*')}/**`;
      throw this.#error('"**" must be a complete part', `write "*" within a part, or "${wider}"`);
    }
    if (source === '' || source === '.' || source === '..') {
      const remedy = 'write names as in the output of analyze: team/app, team/*, team/**';
      throw this.#error(`no repository name has the part "${source}"`, remedy);
    }
    return nodes;
  }

  /** Parses up to the end of a part, or of a choice within a group. */
  #nodes(): GlobNode[] {
    const nodes: GlobNode[] = [];
    for (let char = this.#chars[this.#at]; char !== undefined; char = this.#chars[this.#at]) {
      if (this.#depth > 0 && (char === '|' || char === ')')) break;
      if (char === '/') {
        if (this.#depth > 0) throw this.#error('"/" inside ( )', 'use braces: {a/b,c}');
        if (this.subject === 'tag') throw this.#error('a tag cannot contain "/"', NO_SLASH);
        break;
      }
      this.#node(char, nodes);
    }
    return nodes;
  }

  #node(char: string, nodes: GlobNode[]): void {
    const next = this.#chars[this.#at + 1];
    if (next === '(' && '?*+@!'.includes(char)) nodes.push(this.#group(char as Sign));
    else if (char === '*') this.#plain(nodes, { kind: 'star' });
    else if (char === '?') this.#plain(nodes, { kind: 'any' });
    else if (char === '[') {
      const { has, end } = readBracket(this.#chars, this.#at, (one) => {
        if (one !== '-') this.#checkEscape(one);
      });
      nodes.push({ kind: 'set', has });
      this.#at = end;
    } else if (char === '\\') {
      this.#checkEscape(next);
      this.#at += 1;
      this.#plain(nodes, { kind: 'text', text: next! });
    } else {
      this.#checkChar(char, next);
      this.#plain(nodes, { kind: 'text', text: char });
    }
  }

  #plain(nodes: GlobNode[], node: GlobNode): void {
    this.#at += 1;
    const last = nodes.at(-1);
    if (node.kind === 'star' && last?.kind === 'star') return;
    if (node.kind === 'text' && last?.kind === 'text') {
      nodes[nodes.length - 1] = { kind: 'text', text: last.text + node.text };
    } else nodes.push(node);
  }

  #group(sign: Sign): GlobNode {
    this.#at += 2;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error('groups are nested too deeply');
    const choices: GlobNode[][] = [];
    for (;;) {
      choices.push(this.#nodes());
      const char = this.#chars[this.#at];
      this.#at += 1;
      if (char === undefined) throw this.#error('"(" is not closed', 'close it with ")"');
      if (char === ')') break;
    }
    this.#depth -= 1;
    return { kind: 'group', sign, choices };
  }

  /**
   * A backslash before a letter or digit is an error. It is not needed in a glob, so the text was
   * meant as a regular expression.
   */
  #checkEscape(next: string | undefined): void {
    if (next === undefined) throw this.#error('it ends with "\\"', 'write "\\\\" for a backslash');
    if (/[A-Za-z0-9._/-]/.test(next)) throw this.#notGlob(`\\${next}`);
  }

  #checkChar(char: string, next: string | undefined): void {
    if (char === '!' && this.#at === 0) {
      throw usageError(
        `"${this.original}" would exclude, but a glob can only include`,
        EXCLUDE[this.subject],
      );
    }
    if ('^$|+()'.includes(char)) throw this.#notGlob(char);
    if (char === '.' && next === '*' && !isSurelyGlob(this.original)) throw this.#notGlob('.*');
    if ((char === '{' || char === '}') && /[\])]\{\d+,?\d*\}/.test(this.original)) {
      throw this.#notGlob('{ }');
    }
    if (char === '{' || char === '}') {
      throw this.#error(
        'braces contain alternatives: {a,b}',
        `write "\\${char}" for the character itself`,
      );
    }
    if (/['"`‘’‚“”„«»]/.test(char)) {
      throw this.#error(`it contains a quotation mark, ${char}`, 'write the pattern without it');
    }
    const isOdd = this.subject === 'tag' ? /[^\w.-]/ : /[\s,:@;]/;
    if (!isOdd.test(char)) return;
    const what = this.subject === 'tag' ? 'a tag' : 'a repository name';
    const remedy = /[\s,;]/.test(char)
      ? `write each pattern separately, or "\\${char}" for the character itself`
      : `write "\\${char}" for the character itself`;
    throw this.#error(`${what} cannot contain "${char}"`, remedy);
  }

  #notGlob(what: string): RegsweepError {
    return this.#error(
      `"${what}" belongs to a regular expression, not to a glob`,
      bothForms(this.original),
    );
  }

  #error(message: string, remedy?: string): RegsweepError {
    return usageError(`"${this.original}": ${message}`, remedy);
  }
}

const NO_SLASH =
  'a pattern for tags does not include the repository; a regular expression is written /…/';

const EXCLUDE: Readonly<Record<Subject, string>> = {
  repository:
    'put an entry for the exceptions above this one, or exclude inside the glob: team/!(prod)/** matches everything below team except team/prod',
  tag: "exclude inside the glob: '!(*-rc*)' matches each tag without -rc",
};

/** @returns whether a star is at a position that is invalid in a regular expression */
const isSurelyGlob = (text: string): boolean => /^\*|[(|{,/]\*|\*\*/.test(text);
