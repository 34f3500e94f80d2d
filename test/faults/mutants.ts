/**
 * `npm run test:mutants -- [--only WORD]`: puts each mistake of mutations.ts into a copy of the
 * project and runs the tests that must notice it. They must be green without it, or their red
 * would prove nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { type Check, MUTATIONS, type Mutation } from './mutations.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = new Set(['node_modules', '.git']);

/** A copy with a build of its own; only the modules installed are shared. */
function copyProject(): string {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: PROJECT, stdio: 'inherit' });
  const copy = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-mutants-')));
  for (const name of fs.readdirSync(PROJECT)) {
    if (LEFT_OUT.has(name)) continue;
    fs.cpSync(path.join(PROJECT, name), path.join(copy, name), { recursive: true });
  }
  fs.symlinkSync(path.join(PROJECT, 'node_modules'), path.join(copy, 'node_modules'));
  // The same in few files; what is left in dist is what runs, and what is changed below.
  fs.rmSync(path.join(copy, 'dist/start'), { recursive: true, force: true });
  return copy;
}

/** @returns whether the tests are green */
function isGreen(copy: string, check: Check): boolean {
  const env = { ...process.env, REGSWEEP_NO_BUILD: '1', ...check.env };
  const ended = spawnSync(process.execPath, check.args, { cwd: copy, env, encoding: 'utf8' });
  if (ended.error !== undefined) throw ended.error;
  fs.writeFileSync(path.join(copy, 'last.log'), `${ended.stdout}${ended.stderr}`);
  return ended.status === 0;
}

/** Source and build. @returns what undoes it; @throws when the text isn't there exactly once */
function mutate(copy: string, { file, find, replace }: Mutation): () => void {
  const source = path.join(copy, 'src', file);
  const built = path.join(copy, 'dist', file.replace(/\.ts$/, '.js'));
  const text = fs.readFileSync(source, 'utf8');
  const before = fs.readFileSync(built, 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`src/${file} has it ${times} times, not once: ${find}`);
  const changed = text.replace(find, () => replace);
  fs.writeFileSync(source, changed);
  const { code } = transformSync(changed, { loader: 'ts', format: 'esm', target: 'node20' });
  fs.writeFileSync(built, code);
  return () => {
    fs.writeFileSync(source, text);
    fs.writeFileSync(built, before);
  };
}

function main(): number {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  const wanted = MUTATIONS.filter(({ what, file }) => `${file} ${what}`.includes(values.only));
  const copy = copyProject();
  const green = new Map<Check, boolean>();
  let survived = 0;
  try {
    for (const mutation of wanted) {
      const { what, file, noticedBy } = mutation;
      if (!green.has(noticedBy)) green.set(noticedBy, isGreen(copy, noticedBy));
      const undo = mutate(copy, mutation);
      const sound = green.get(noticedBy) === true;
      const noticed = sound && !isGreen(copy, noticedBy);
      undo();
      if (!noticed) survived += 1;
      const verdict = noticed ? 'noticed ' : sound ? 'SURVIVED' : 'NOT GREEN WITHOUT IT';
      console.log(`${verdict} src/${file}: ${what} (${noticedBy.name})`);
    }
  } finally {
    fs.rmSync(copy, { recursive: true });
  }
  console.log(`${wanted.length - survived} of ${wanted.length} mutations were noticed`);
  return survived === 0 && wanted.length > 0 ? 0 : 1;
}

process.exitCode = main();
