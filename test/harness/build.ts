/**
 * Vitest's global setup: `bin/regsweep.js` runs what is in dist, so dist is built anew when a
 * source is younger. REGSWEEP_NO_BUILD=1 leaves it as it is. Then the guard is asked once whether
 * it clears any tree here: on a host where it doesn't, tests that sweep are skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { BIN } from './cli.js';
import { copyFixture } from './fixture.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

function newest(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}

export default function setup(project: TestProject): void {
  buildAnew();
  project.provide('guardRefusal', guardRefusal());
}

function buildAnew(): void {
  if (process.env.REGSWEEP_NO_BUILD === '1') return;
  const built = join(project, 'dist/start/cli/main.js');
  if (existsSync(built) && newest(join(project, 'dist')) > newest(join(project, 'src'))) return;
  try {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: project, stdio: 'pipe' });
  } catch (error) {
    process.stderr.write(`the build failed:\n${(error as { stdout: Buffer }).stdout}\n`);
  }
}

/** The guard's first reason against a tree that nobody uses; empty where there is none. */
function guardRefusal(): string {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-asked-'));
  try {
    const args = [BIN, 'guard', copyFixture(folder), '--quiet-window', '50ms', '--format', 'json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status === 0) return '';
    return String(JSON.parse(stdout || '{}').reasons?.[0]?.message ?? stderr.split('\n')[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
