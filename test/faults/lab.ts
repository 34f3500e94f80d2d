/** Where the cases run: a temporary folder on the disk, a tmpfs in it, and copies of the product. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Output, run } from '../harness/process.js';
import { Hosts } from './hosts.js';
import { bundleStart } from './start.js';

const OWN = fileURLToPath(new URL('../..', import.meta.url));

/** The real command line, or the same with a guard that holds at once, for what isn't about it. */
export type Variant = 'real' | 'unguarded';

// With one thread the N-th call is the same one in each run.
const FLAGS = ['--yes', '--quiet-window', '100ms', '--format', 'json', '--concurrency', '1'];
// The store is so small that one repository is a fifth of it.
const SELECT = ['--min-age', '0s', '--max-delete', '100%', '--allow-shrunk'];
// Nothing shows what a registry that is stopped caches.
const CACHE = ['--cache', 'inmemory'];

const STEPS = {
  sweep: ['sweep', '-m', ...SELECT],
  'sweep --delete': ['sweep', '-m', '--delete', ...CACHE, ...SELECT],
  tidy: ['tidy', ...SELECT],
  restore: ['trash', 'restore'],
  purge: ['trash', 'purge', '--min-age', '0s', ...CACHE],
} as const;

export type Step = keyof typeof STEPS;

/** Stands in for dist/guard/index.js: no evidence, no waiting; the lock and all else are real. */
const NO_GUARD = `
export * from './real-index.js';
const verdict = { state: 'stopped', evidence: [], registries: [], caches: [] };
export const inspect = async () => verdict;
export const assertUnchangedSince = async () => {};
export async function watchTree(tree) {
  const renew = async () => Date.now();
  const clearance = { tree, state: 'stopped', verdict, uploadsMovable: true, renew };
  return { isSame: false, clear: async () => clearance };
}
`;

export class Lab {
  readonly folder: string;
  readonly memory: string;
  #hosts: Hosts | undefined;
  #count = 0;

  private constructor(private readonly product: string) {
    this.folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-faults-')));
    this.memory = path.join(this.folder, 'memory');
  }

  /** @param product a built tree to test instead of this one */
  static async open(product = OWN): Promise<Lab> {
    const lab = new Lab(product);
    fs.mkdirSync(lab.memory);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2g', 'regsweep-faults', lab.memory]);
    lab.#copyProduct('real');
    lab.#copyProduct('unguarded');
    // Without the bundle, the command is made of the modules in dist.
    fs.rmSync(path.join(lab.#product('unguarded'), 'dist/start'), { recursive: true, force: true });
    const guard = path.join(lab.#product('unguarded'), 'dist/guard');
    fs.renameSync(path.join(guard, 'index.js'), path.join(guard, 'real-index.js'));
    fs.writeFileSync(path.join(guard, 'index.js'), NO_GUARD);
    for (const variant of ['real', 'unguarded'] as const) await bundleStart(lab.#product(variant));
    const main = path.join(lab.#product('unguarded'), 'dist/start/cli/main.js');
    lab.#hosts = new Hosts(main, ownEnv());
    return lab;
  }

  /** Unmounts what was mounted within, the innermost first, and removes the folder. */
  async close(): Promise<void> {
    await this.#hosts?.close();
    const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const points = mounts.map((line) => line.split(' ')[4] ?? '');
    for (const point of points.filter((path) => path.startsWith(`${this.folder}/`)).reverse()) {
      execFileSync('umount', ['-l', point]);
    }
    execFileSync('rm', ['-rf', '--one-file-system', this.folder]);
  }

  /** A fresh name for a folder, in memory or on the disk. */
  fresh(where: 'memory' | 'disk', hint = 'case'): string {
    this.#count += 1;
    const base = where === 'memory' ? this.memory : this.folder;
    return path.join(base, `${hint}-${this.#count}`);
  }

  argv(variant: Variant, step: Step, root: string, ...more: readonly string[]): string[] {
    return this.#command(variant, ...wordsOf(step, root, more));
  }

  /** The step to its end; with the real guard in a process of its own, since it looks at processes. */
  run(variant: Variant, step: Step, root: string, ...more: readonly string[]): Promise<Output> {
    if (variant === 'real') return exec(this.argv(variant, step, root, ...more));
    return this.ask(...wordsOf(step, root, more));
  }

  /** Any command of the product, without its guard, in a process that lives on. */
  ask(...words: readonly string[]): Promise<Output> {
    return this.#hosts!.run(words, TIME_LIMIT_MS);
  }

  #command(variant: Variant, ...words: readonly string[]): string[] {
    return [process.execPath, path.join(this.#product(variant), 'bin/regsweep.js'), ...words];
  }

  /** Built anew by somebody else meanwhile, the product under test must stay what it is. */
  #copyProduct(variant: Variant): void {
    const target = this.#product(variant);
    fs.mkdirSync(target);
    for (const part of ['bin', 'dist', 'package.json']) {
      fs.cpSync(path.join(this.product, part), path.join(target, part), { recursive: true });
    }
    fs.symlinkSync(path.join(this.product, 'node_modules'), path.join(target, 'node_modules'));
  }

  #product(variant: Variant): string {
    return path.join(this.folder, `product-${variant}`);
  }
}

const TIME_LIMIT_MS = 120_000;

function wordsOf(step: Step, root: string, more: readonly string[]): string[] {
  const [first, second, ...rest] = STEPS[step];
  const words = first === 'trash' ? [first, second!] : [first!];
  const flags = first === 'trash' ? rest : [second, ...rest].filter((flag) => flag !== undefined);
  return [...words, root, ...flags, ...FLAGS, ...more];
}

/** Without the caller's `REGSWEEP_*`. */
function ownEnv(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('REGSWEEP_'));
  return { ...Object.fromEntries(own), NO_COLOR: '1' };
}

/** Runs to the end. */
export function exec(argv: readonly string[], timeoutMs = TIME_LIMIT_MS): Promise<Output> {
  return run(argv[0]!, argv.slice(1), { env: ownEnv(), timeoutMs });
}
