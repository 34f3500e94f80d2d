/** The text of a policy file with the positions of its nodes, for error messages. */
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { RegsweepError } from '../../util/errors.js';
import { shellWord } from '../../util/shell-quote.js';
import { pastedFault } from './pasted.js';

export type Path = readonly (string | number)[];

export interface PolicyProblem {
  readonly path: Path;
  readonly message: string;
  /** The problem is at this key, not at its value. */
  readonly key?: string;
}

/** @returns `rules[0].selection.countType`; '' for the complete file */
function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

export class PositionedText {
  readonly #doc: Document;
  readonly #lines: LineCounter;
  /** Messages about fields that were read differently than they were written. */
  readonly readings: string[] = [];

  /**
   * Parses YAML or JSON.
   * @param within position of a text that is embedded in another file
   * @throws RegsweepError `usage` with every syntax error and its position
   */
  constructor(
    text: string,
    readonly file: string,
    private readonly within = '',
  ) {
    this.#lines = new LineCounter();
    this.#doc = parseDocument(text.replace(/^\ufeff/, ''), {
      lineCounter: this.#lines,
      prettyErrors: false,
      stringKeys: true,
    });
    const pasted = pastedFault(text.replace(/^\ufeff/, ''));
    if (pasted !== undefined) {
      throw this.#failure([`${this.#place(pasted.offset)}: ${pasted.message}`]);
    }
    const syntax = [...this.#doc.errors, ...this.#doc.warnings];
    if (syntax.length > 0) {
      throw this.#failure(syntax.map((error) => `${this.#place(error.pos[0])}: ${error.message}`));
    }
  }

  /** The document, which `readDialects` may change. */
  get root(): unknown {
    return this.#doc.contents;
  }

  /**
   * @returns the content as plain data
   * @throws RegsweepError `usage` if aliases expand too often
   */
  value(): unknown {
    try {
      return this.#doc.toJS({ maxAliasCount: 100 });
    } catch (cause) {
      throw this.error([
        { path: [], message: cause instanceof Error ? cause.message : 'unreadable' },
      ]);
    }
  }

  /** @returns `file:line:column` of the node at a path, or of its nearest existing parent */
  at(path: Path, key?: string): string {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#doc.contents : this.#doc.getIn(path.slice(0, length), true);
      const offset = this.#offset(node, length === path.length ? key : undefined);
      if (offset !== undefined) return this.#place(offset);
    }
    return this.#place(0);
  }

  #offset(node: unknown, key: string | undefined): number | undefined {
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (isScalar(pair?.key)) return pair.key.range?.[0];
    }
    return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    const inner = `${Math.max(line, 1)}:${Math.max(col, 1)}`;
    return this.within === '' ? `${this.file}:${inner}` : `${this.within}, there ${inner}`;
  }

  error(problems: readonly PolicyProblem[], remedy?: string): RegsweepError {
    return this.#failure(
      problems.map(({ path, message, key }) => {
        if (this.#isOfOptions) return `${this.file}: ${message}`;
        const where = pathText(key === undefined ? path : [...path, key]);
        return `${this.at(path, key)}: ${where === '' ? '' : `${where}: `}${message}`;
      }),
      remedy,
    );
  }

  /** A policy of `--keep-last` and similar options: its text is not the user's. */
  get #isOfOptions(): boolean {
    return this.file.startsWith('--');
  }

  #failure(
    lines: readonly string[],
    remedy = `correct the policy, then:\nregsweep policy check ${shellWord(this.file)}`,
  ): RegsweepError {
    if (this.#isOfOptions) return new RegsweepError('usage', lines.join('\n'));
    return new RegsweepError('usage', lines.join('\n'), {
      path: this.file,
      remedy,
    });
  }
}
