/**
 * Reads a glob as bash does with `extglob` and `globstar`. What bash would take as plain characters
 * that no name has, and what can only be meant as a regular expression, is an error.
 */
import { type RegsweepError, usageError } from '../errors.js';
import { readBracket } from './bracket.js';
import type { GlobNode, GlobPart, Subject } from './glob-model.js';
import { bothForms } from './suggest.js';

type Sign = Extract<GlobNode, { kind: 'group' }>['sign'];

const DEEPEST = 20;

/**
 * @param text without braces to expand
 * @param whole as it was written, for messages
 * @throws RegsweepError `usage`
 */
export const parseGlob = (text: string, subject: Subject, whole = text): GlobPart[] =>
  new Parser(text, subject, whole).parts();

class Parser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(
    text: string,
    readonly subject: Subject,
    readonly whole: string,
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
      throw this.#error(
        '"**" stands for whole parts only',
        `write "*" within a part, or "${wider}"`,
      );
    }
    if (source === '' || source === '.' || source === '..') {
      const remedy = 'write it as analyze shows names: team/app, team/*, team/**';
      throw this.#error(`no repository has a part "${source}" in its name`, remedy);
    }
    return nodes;
  }

  /** Up to the end of a part, or of a choice within a group. */
  #nodes(): GlobNode[] {
    const nodes: GlobNode[] = [];
    for (let char = this.#chars[this.#at]; char !== undefined; char = this.#chars[this.#at]) {
      if (this.#depth > 0 && (char === '|' || char === ')')) break;
      if (char === '/') {
        if (this.#depth > 0) throw this.#error('"/" within ( )', 'use braces: {a/b,c}');
        if (this.subject === 'tag') throw this.#error('no tag has a "/"', NO_SLASH);
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
    if (this.#depth > DEEPEST) throw this.#error('too many groups within each other');
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

  /** Nobody escapes in a glob what means itself there. */
  #checkEscape(next: string | undefined): void {
    if (next === undefined) throw this.#error('it ends with "\\"', 'write "\\\\" for a backslash');
    if (/[A-Za-z0-9._/-]/.test(next)) throw this.#notGlob(`\\${next}`);
  }

  #checkChar(char: string, next: string | undefined): void {
    if (char === '!' && this.#at === 0) {
      throw usageError(
        `"${this.whole}" would exclude, and a glob only includes`,
        EXCLUDE[this.subject],
      );
    }
    if ('^$|+()'.includes(char)) throw this.#notGlob(char);
    if (char === '.' && next === '*' && !isSurelyGlob(this.whole)) throw this.#notGlob('.*');
    if ((char === '{' || char === '}') && /[\])]\{\d+,?\d*\}/.test(this.whole)) {
      throw this.#notGlob('{ }');
    }
    if (char === '{' || char === '}') {
      throw this.#error('braces hold alternatives: {a,b}', `"\\${char}" for the character itself`);
    }
    if (/['"`‘’‚“”„«»]/.test(char)) {
      throw this.#error(`it has a quotation mark, ${char}`, 'write the pattern without it');
    }
    const isOdd = this.subject === 'tag' ? /[^\w.-]/ : /[\s,:@;]/;
    if (!isOdd.test(char)) return;
    const what = this.subject === 'tag' ? 'no tag' : 'no repository’s name';
    const remedy = /[\s,;]/.test(char)
      ? `give each pattern apart; "\\${char}" is the character itself`
      : `"\\${char}" is the character itself`;
    throw this.#error(`${what} has the character "${char}"`, remedy);
  }

  #notGlob(what: string): RegsweepError {
    return this.#error(
      `"${what}" is of a regular expression, not of a glob`,
      bothForms(this.whole),
    );
  }

  #error(message: string, remedy?: string): RegsweepError {
    return usageError(`"${this.whole}": ${message}`, remedy);
  }
}

const NO_SLASH = 'a pattern for tags goes without the repository; /…/ is a regular expression';

const EXCLUDE: Readonly<Record<Subject, string>> = {
  repository:
    'put an entry for the exceptions above this one, or exclude within the glob: team/!(prod)/** is all that is in a folder of team other than team/prod',
  tag: "exclude within the glob: '!(*-rc*)' is each tag but those with -rc",
};

/** It has a star where a regular expression can't have one. */
const isSurelyGlob = (text: string): boolean => /^\*|[(|{,/]\*|\*\*/.test(text);
