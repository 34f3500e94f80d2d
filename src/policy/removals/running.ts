/** Separates named targets of `rm` that are in use somewhere (`--keep-digests`). */
import { digestOf, type Facts, NO_NODE, type RepositoryFacts } from '../../facts/types.js';
import type { Digest } from '../../storage/digest.js';
import type { Obstacle } from './obstacle.js';
import type { Named } from './targets.js';

export const RUNNING = 'it is listed in --keep-digests';

interface Separated {
  /** Targets that may be removed. */
  readonly named: Named;
  /** References that a pattern matched, and that are kept. */
  readonly kept: readonly string[];
  /** References named exactly. They make `rm` refuse. */
  readonly obstacles: Obstacle[];
}

/** @param running digests of manifests */
export function withoutRunning(
  facts: Facts,
  named: Named,
  running: ReadonlySet<string>,
): Separated {
  const kept: string[] = [];
  const obstacles: Obstacle[] = [];
  if (running.size === 0) return { named, kept, obstacles };
  const keep = (reference: string, text: string): void => {
    if (text !== reference) kept.push(reference);
    else obstacles.push({ reference, why: RUNNING, remedy: REMEDY, kind: 'facts' });
  };
  const byName = new Map(facts.repositories.map((one) => [one.name, one]));
  const repositories = new Map(
    [...named.repositories].filter(([name, text]) => {
      const isUsed = usesAny(facts, byName.get(name)!, running);
      if (isUsed) keep(name, text);
      return !isUsed;
    }),
  );
  const tags = new Map(
    [...named.tags].map(([name, texts]) => {
      const isKept = (tag: string): boolean =>
        running.has(targetOf(facts, byName.get(name)!, tag) ?? '');
      for (const [tag, text] of texts) if (isKept(tag)) keep(`${name}:${tag}`, text);
      return [name, new Map([...texts].filter(([tag]) => !isKept(tag)))] as const;
    }),
  );
  const digests = new Map(
    [...named.digests].map(([name, texts]) => {
      for (const [digest, text] of texts) if (running.has(digest)) keep(`${name}@${digest}`, text);
      return [name, new Map([...texts].filter(([digest]) => !running.has(digest)))] as const;
    }),
  );
  const nonEmpty = <V>(map: Map<string, Map<V, string>>) =>
    new Map([...map].filter(([, one]) => one.size > 0));
  return {
    named: { repositories, tags: nonEmpty(tags), digests: nonEmpty(digests) },
    kept,
    obstacles,
  };
}

const REMEDY = 'remove it from the list when it is no longer in use';

function targetOf(facts: Facts, { tags }: RepositoryFacts, tag: string): Digest | undefined {
  const node = tags.target[tags.names.indexOf(tag)] ?? NO_NODE;
  return node === NO_NODE ? undefined : digestOf(facts, node);
}

function usesAny(
  facts: Facts,
  { tags, revisions }: RepositoryFacts,
  running: ReadonlySet<string>,
): boolean {
  const nodes = [...tags.target, ...revisions.node].filter((node) => node !== NO_NODE);
  return nodes.some((node) => running.has(digestOf(facts, node)));
}
