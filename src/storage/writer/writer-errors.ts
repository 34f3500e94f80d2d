/** Errors of the writer that no system call reports. They have a code like system errors. */

/** Error code of a rename that reported success but did not happen. */
export const NOT_MOVED = 'ENOTMOVED';

const messages = {
  EXDEV: 'on another filesystem or mount',
  EEXIST: 'the destination exists',
  [NOT_MOVED]: 'the kernel reported success, but the item was not moved',
} as const;

export function systemError(code: keyof typeof messages, base: string, rel: string): Error {
  return Object.assign(new Error(`${code}: ${messages[code]}: ${base}/${rel}`), { code });
}
