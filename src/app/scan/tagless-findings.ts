/** Findings about repositories without any tag, which `-m` doesn't change. */
import type { Facts } from '../../facts/types.js';
import { isTagless } from '../../graph/mark/kept-repositories.js';
import type { Marks } from '../../graph/types.js';
import { repositoryPath } from '../../storage/layout.js';
import { printable } from '../../storage/names.js';

const NAMED = 5;

const taglessIn = ({ repositories }: Facts, { options }: Pick<Marks, 'options'>): string[] =>
  repositories
    .filter((repository) => isTagless(repository, options) && options.inScope(repository.name))
    .map(({ name }) => name);

/** Call it once per scan, because findings are counted. */
export function noteTagless(facts: Facts, marks: Pick<Marks, 'options'>): void {
  for (const repository of taglessIn(facts, marks)) {
    facts.findings.add({
      code: 'tagless-repository',
      path: repositoryPath(repository),
      repository,
    });
  }
}

/** A line for people; none if there is no such repository. */
export function taglessNotes({ facts, marks }: { facts: Facts; marks: Marks }): string[] {
  const names = taglessIn(facts, marks);
  if (names.length === 0) return [];
  const more = names.length > NAMED ? ', …' : '';
  const shown = `${names.slice(0, NAMED).map(printable).join(', ')}${more}`;
  const number = names.length.toLocaleString('en-US');
  return [
    `repositories with manifests but no tag, all kept: ${number} (${shown}); --allow-tagless removes their manifests too`,
  ];
}
