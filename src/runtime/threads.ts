/**
 * Our own modules run in threads and processes of their own: compiled, as sources under a
 * loader, or inside a single-file bundle, which then starts itself with a word that says what
 * it is to be.
 */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { bundleUrl } from './bundled.js';
import { keepAsBefore } from './heap.js';

const isSource = import.meta.url.endsWith('.ts');
/** The single executable holds its bundle in itself. */
const isExecutable = bundleUrl?.startsWith('data:') === true;

/** Relative to this file, without extension. */
export const PARTS = {
  facts: 'facts/pool/worker',
  fingerprint: 'guard/fingerprint/worker',
  verify: 'verify/worker',
  probe: 'guard/probe/probe-main',
} as const;

export type ProgramPart = keyof typeof PARTS;

/** First argument of a bundle that is to be a part, and no command line. */
export const PART_FLAG = '--regsweep-part=';

const urlOf = (part: ProgramPart): URL =>
  new URL(`../${PARTS[part]}${isSource ? '.ts' : '.js'}`, import.meta.url);

const loaderUrl = (path: string): string =>
  pathToFileURL(createRequire(import.meta.url).resolve(path)).href;

/**
 * A command that runs a part as a program. Node's own path may be another mount namespace's (the
 * image's entry point), so it is named by this process.
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

/** A thread that runs a part. */
export function startThread(part: ProgramPart, options: WorkerOptions = {}): Worker {
  return keepAsBefore(threadOf(part, options));
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
