/** Our own modules run in threads and processes of their own: compiled, or as sources under a loader. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

const sources = import.meta.url.endsWith('.ts');
const urlOf = (name: string): URL =>
  new URL(`./${name}${sources ? '.ts' : '.js'}`, import.meta.url);
const loaderUrl = (path: string): string =>
  pathToFileURL(createRequire(import.meta.url).resolve(path)).href;

/**
 * Arguments for `node` that run a module of this folder as a program.
 * @param name base name, without extension
 */
export function programArguments(name: string): string[] {
  const file = fileURLToPath(urlOf(name));
  return sources ? ['--import', loaderUrl('tsx'), file] : [file];
}

/** A thread that runs a module of this folder. */
export function startThread(name: string): Worker {
  const url = urlOf(name);
  if (!sources) return new Worker(url);
  const start = `import(${JSON.stringify(loaderUrl('tsx/esm/api').replace(/\.cjs$/, '.mjs'))})
    .then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); });`;
  return new Worker(start, { eval: true, execArgv: [] });
}
