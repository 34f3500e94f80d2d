/** Errors of the writer that no system call reports. */

/** The code of an error that is no system's: a rename that succeeded, and did not happen. */
export const NOT_MOVED = 'ENOTMOVED';

const messages = {
  EXDEV: 'another filesystem or mount is there',
  EEXIST: 'something stands at the destination',
  [NOT_MOVED]: 'the kernel reported success, yet the entry did not move',
} as const;

export function systemError(code: keyof typeof messages, base: string, rel: string): Error {
  return Object.assign(new Error(`${code}: ${messages[code]}: ${base}/${rel}`), { code });
}
