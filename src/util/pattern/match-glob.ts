/**
 * Matches without backtracking. Each node maps a set of start positions to a set of end positions,
 * and the results of groups are cached. The time is bounded by the lengths of pattern and name.
 */
import type { GlobNode, GlobPart } from './glob-model.js';

type Group = Extract<GlobNode, { kind: 'group' }>;

/** @returns whether a complete name matches the parts of a glob */
export function matchParts(parts: readonly GlobPart[], name: string): boolean {
  const names = name.split('/');
  let at = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const i of at) {
      if (part === '**') for (let j = i; j <= names.length; j++) next.add(j);
      else if (i < names.length && matchPart(part, names[i]!)) next.add(i + 1);
    }
    at = next;
  }
  return at.has(names.length);
}

const matchPart = (nodes: readonly GlobNode[], name: string): boolean =>
  new Match([...name]).ends(nodes, [0]).includes(name === '' ? 0 : [...name].length);

class Match {
  readonly #known = new Map<Group, (readonly number[] | undefined)[]>();

  constructor(readonly chars: readonly string[]) {}

  /** @returns the positions where the nodes may end, if they start at one of `starts` */
  ends(nodes: readonly GlobNode[], starts: readonly number[]): readonly number[] {
    let at = starts;
    for (const node of nodes) {
      if (at.length === 0) return at;
      at = this.#step(node, at);
    }
    return at;
  }

  #step(node: GlobNode, starts: readonly number[]): readonly number[] {
    const { chars } = this;
    switch (node.kind) {
      case 'star': {
        const first = Math.min(...starts);
        return Array.from({ length: chars.length - first + 1 }, (_, i) => first + i);
      }
      case 'any':
        return starts.filter((i) => i < chars.length).map((i) => i + 1);
      case 'set':
        return starts.filter((i) => i < chars.length && node.has(chars[i]!)).map((i) => i + 1);
      case 'text': {
        const text = [...node.text];
        const fits = (i: number): boolean => text.every((char, j) => chars[i + j] === char);
        return starts.filter(fits).map((i) => i + text.length);
      }
      case 'group':
        return [...new Set(starts.flatMap((start) => this.#group(node, start)))];
    }
  }

  #group(group: Group, start: number): readonly number[] {
    const known = this.#known.get(group) ?? [];
    this.#known.set(group, known);
    known[start] ??= this.#groupFrom(group, start);
    return known[start];
  }

  #groupFrom({ sign, choices }: Group, start: number): number[] {
    const once = (from: number): number[] =>
      choices.flatMap((nodes) => [...this.ends(nodes, [from])]);
    if (sign === '@') return once(start);
    if (sign === '?') return [start, ...once(start)];
    if (sign === '!') {
      const excluded = new Set(once(start));
      const all = Array.from({ length: this.chars.length - start + 1 }, (_, i) => start + i);
      return all.filter((end) => !excluded.has(end));
    }
    const found = new Set(sign === '*' ? [start] : once(start));
    for (const end of found) for (const next of once(end)) found.add(next);
    return [...found];
  }
}
