/**
 * Starts our own modules in threads and processes. The code may be compiled, or sources under a
 * loader, or a single-file bundle. A bundle starts itself again, with an argument that names the
 * part.
 */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { bundleUrl } from './bundled.js';
import { keepSmallAfterStart } from './heap.js';

const isSource = import.meta.url.endsWith('.ts');
/** The single executable contains its bundle. */
const isExecutable = bundleUrl?.startsWith('data:') === true;

/** Module paths relative to `src`, without extension. */
export const PARTS = {
  facts: 'facts/pool/worker',
  fingerprint: 'guard/fingerprint/worker',
  verify: 'verify/worker',
  probe: 'guard/probe/probe-main',
} as const;

export type ProgramPart = keyof typeof PARTS;

/** First argument of a bundle that runs as a part instead of the command line. */
export const PART_FLAG = '--regsweep-part=';

const urlOf = (part: ProgramPart): URL =>
  new URL(`../${PARTS[part]}${isSource ? '.ts' : '.js'}`, import.meta.url);

const loaderUrl = (path: string): string =>
  pathToFileURL(createRequire(import.meta.url).resolve(path)).href;

/**
 * @returns a command that runs a part as a program. Node is named as `/proc/<pid>/exe`, because its
 *   path may belong to another mount namespace (the image's entry point).
 */
export function programCommand(part: ProgramPart): string[] {
  const node = `/proc/${process.pid}/exe`;
  if (isExecutable) return [node, PART_FLAG + part];
  if (bundleUrl !== undefined) {
    return [node, ...process.execArgv, fileURLToPath(bundleUrl), PART_FLAG + part];
  }
  const file = fileURLToPath(urlOf(part));
  return isSource ? [node, '--import', loaderUrl('tsx'), file] : [node, file];
}

/** Starts a thread that runs a part. */
export function startThread(part: ProgramPart, options: WorkerOptions = {}): Worker {
  return keepSmallAfterStart(threadOf(part, options));
}

function threadOf(part: ProgramPart, options: WorkerOptions): Worker {
  if (bundleUrl !== undefined) {
    return new Worker(new URL(bundleUrl), { ...options, argv: [PART_FLAG + part] });
  }
  const url = urlOf(part);
  if (!isSource) return new Worker(url, options);
  const start = `import(${JSON.stringify(loaderUrl('tsx/esm/api').replace(/\.cjs$/, '.mjs'))})
    .then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); });`;
  return new Worker(start, { ...options, eval: true, execArgv: [] });
}
