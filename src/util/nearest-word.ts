/** "Did you mean": the nearest of the known words, if one is near enough. */
import { distance } from 'fastest-levenshtein';

export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = toleranceOf(word) + 1;
  for (const candidate of known) {
    const edits = distance(word, candidate);
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** A slip or two in a long word; in a short one, two would make it any other. */
const toleranceOf = ({ length }: string): number => (length < 5 ? 1 : length < 9 ? 2 : 3);
