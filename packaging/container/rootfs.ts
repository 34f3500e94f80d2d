/**
 * Writes the image's root folder: Node, nsenter, the libraries of both, the bundle, its entry point
 * and the licences. The Dockerfile's first stage runs it after `npm run bundle`:
 * `npx tsx packaging/container/rootfs.ts FOLDER`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { COMMON, REQUIRE } from '../bundling.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const [rootfs] = process.argv.slice(2);
if (rootfs === undefined) throw new Error('give the folder to write to');
const product = join(rootfs, 'opt/regsweep');

const NODE = '/usr/local/bin/node';
const NSENTER = '/usr/bin/nsenter';
/** Debian packages of nsenter and of the libraries, for their licence files. */
const LICENCES = /^(?:libc6|libstdc\+\+6|libgcc-s1|util-linux|libselinux1|libpcre2-8-0|gcc-12-base)$/;

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
}

function find(program: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const path = folders.map((folder) => join(folder, program)).find(existsSync);
  if (path === undefined) throw new Error(`the base image has no ${program}`);
  return realpathSync(path);
}

/** Libraries as the loader finds them. The kernel's own mapping has no path and is left out. */
function librariesOf(program: string): string[] {
  const env = { ...process.env, LD_TRACE_LOADED_OBJECTS: '1' };
  const lines = execFileSync(program, { env, encoding: 'utf8' });
  return [...lines.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
}

for (const [program, target] of [
  [process.execPath, NODE],
  [find('nsenter'), NSENTER],
] as const) {
  copy(program, rootfs + target);
  for (const library of librariesOf(program)) copy(library, rootfs + library);
}

await build({
  ...COMMON,
  entryPoints: [`${project}/packaging/container/entry.ts`],
  outfile: join(product, 'container.mjs'),
  external: ['./regsweep.mjs'],
  banner: { js: REQUIRE },
});
copy(`${project}/bundle/regsweep.mjs`, join(product, 'regsweep.mjs'));

const docs = '/usr/share/doc';
const licences: [string, string][] = [
  [`${project}/LICENSE`, 'regsweep'],
  [`${project}/bundle/regsweep.mjs.LEGAL.txt`, 'regsweep-dependencies'],
  [join(dirname(process.execPath), '../LICENSE'), 'node'],
  ...(existsSync(docs) ? readdirSync(docs) : [])
    .filter((name) => LICENCES.test(name))
    .map((name): [string, string] => [`${docs}/${name}/copyright`, name]),
];
for (const [from, name] of licences) {
  if (existsSync(from)) copy(from, join(rootfs, 'usr/share/licenses', name));
  else process.stderr.write(`missing licence of ${name}: ${from}\n`);
}
