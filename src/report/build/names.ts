/** Names on their way out: exact where JSON can say them, escaped and in base64 where it can't. */
import { hasRawBytes, nameToBytes, printable } from '../../storage/names.js';

/** The text of a name for JSON: itself, or escaped where it holds bytes that are no UTF-8. */
export const jsonName = (name: string): string => (hasRawBytes(name) ? printable(name) : name);

/** `{ pathBase64 }` where the path is no UTF-8, nothing otherwise. */
export function rawPath(path: string): { pathBase64?: string } {
  return hasRawBytes(path) ? { pathBase64: nameToBytes(path).toString('base64') } : {};
}

/** RFC 3339, in UTC, to the second. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
