import { createHash } from 'node:crypto';
import type { NewHash } from './hash.js';

/** SHA-256 for the codec of plans, which has no node built-ins. */
export const sha256: NewHash = () => {
  const hash = createHash('sha256');
  return {
    update: (text) => {
      hash.update(text);
    },
    digest: () => hash.digest(),
  };
};
