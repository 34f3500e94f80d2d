/**
 * Names for output: unchanged if they are valid UTF-8, otherwise escaped, with the bytes in base64.
 */
import { hasRawBytes, nameToBytes, printable } from '../../storage/names.js';

/** A name for JSON: unchanged, or escaped if it contains bytes that are not UTF-8. */
export const jsonName = (name: string): string => (hasRawBytes(name) ? printable(name) : name);

/** `{ pathBase64 }` if the path is not UTF-8, otherwise `{}`. */
export function rawPath(path: string): { pathBase64?: string } {
  return hasRawBytes(path) ? { pathBase64: nameToBytes(path).toString('base64') } : {};
}
