/** Suggestions for misspelled words. */
import { distance } from 'fastest-levenshtein';

/** @returns the known word with the smallest edit distance; undefined if none is close */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = maxDistance(word) + 1;
  for (const candidate of known) {
    const edits = distance(word, candidate);
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/**
 * Maximum edit distance. Short words allow less, because two edits can turn them into another word.
 */
const maxDistance = ({ length }: string): number => (length < 5 ? 1 : length < 9 ? 2 : 3);
