/** Reads link files. A link file contains `sha256:<64 hex>`, 71 bytes, without a newline. */

import { type Digest, digestsIn, parseDigest } from '../../storage/digest.js';
import { LINK } from '../../storage/layout.js';
import { NotAFileError } from '../../storage/port.js';
import { UNKNOWN_TIME } from '../../util/iso-time.js';
import { readErrorReason, type ScanContext, seconds } from './context.js';

/** In bytes. A longer link is damaged. */
const LINK_LIMIT = 512;

export type Link =
  | { readonly state: 'missing' }
  | {
      readonly state: 'good';
      readonly target: Digest;
      readonly changed: number;
      readonly isImmovable: boolean;
    }
  | {
      readonly state: 'bad';
      readonly reason: string;
      readonly changed: number;
      /** Digests found in the damaged content. They are kept as a precaution. */
      readonly guesses: readonly Digest[];
      /** The file could be read, and is empty or contains only blanks and NUL. */
      readonly isBlank: boolean;
    };

/** Reads `<folder>/link`. Never throws: an unreadable link is reported as `bad`. */
export function readLink(context: ScanContext, folder: string): Link {
  try {
    const content = context.reader.read(`${folder}/${LINK}`, LINK_LIMIT);
    if (content === undefined) return { state: 'missing' };
    const changed = seconds(content.stat.mtimeMs);
    const text = content.bytes.toString('latin1');
    const target = content.stat.size > LINK_LIMIT ? undefined : parseDigest(text);
    if (target !== undefined) {
      const isImmovable = content.viaSymlink || content.stat.dev !== context.device;
      return { state: 'good', target, changed, isImmovable };
    }
    return {
      state: 'bad',
      reason: describe(text),
      changed,
      guesses: digestsIn(text.toLowerCase()),
      isBlank: content.stat.size <= LINK_LIMIT && !/[^\0\s]/.test(text),
    };
  } catch (error) {
    const reason =
      error instanceof NotAFileError
        ? 'not a regular file'
        : `can't be read (${readErrorReason(error)})`;
    return { state: 'bad', reason, changed: UNKNOWN_TIME, guesses: [], isBlank: false };
  }
}

function describe(text: string): string {
  if (text.length === 0) return 'is empty';
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  return `does not contain a digest: ${shown}`;
}
