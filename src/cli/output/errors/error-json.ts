/** Errors for scripts: `{"error": {code, message, path?, remedy?}}` on stdout. */
import { jsonName, rawPath } from '../../../report/build/names.js';
import { RegsweepError } from '../../../util/errors.js';

const JSON_FORMATS = ['json', 'ndjson'];

/** Whether the arguments request JSON, also if they can't be parsed. */
export function wantsJson(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const formats = args.flatMap((arg, i) => {
    if (arg === '--json') return 'json';
    if (arg === '--format') return args[i + 1] ?? [];
    return arg.startsWith('--format=') ? arg.slice('--format='.length) : [];
  });
  return JSON_FORMATS.includes(formats.at(-1) ?? env.REGSWEEP_FORMAT ?? '');
}

export function errorJson(error: unknown): string {
  const isOurs = error instanceof RegsweepError;
  const { path, remedy } = isOurs ? error : { path: undefined, remedy: undefined };
  const body = {
    code: isOurs ? error.code : 'failed',
    message: error instanceof Error ? error.message : String(error),
    ...(path === undefined ? {} : { path: jsonName(path), ...rawPath(path) }),
    ...(remedy === undefined ? {} : { remedy }),
  };
  return `${JSON.stringify({ error: body })}\n`;
}
