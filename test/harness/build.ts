/**
 * Vitest's global setup: `bin/regsweep.js` runs what is in dist, so dist is built anew when a
 * source is younger. REGSWEEP_NO_BUILD=1 leaves it as it is.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));

function newest(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}

export default function setup(): void {
  if (process.env.REGSWEEP_NO_BUILD === '1') return;
  const built = join(project, 'dist/start/cli/main.js');
  if (existsSync(built) && newest(join(project, 'dist')) > newest(join(project, 'src'))) return;
  try {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: project, stdio: 'pipe' });
  } catch (error) {
    process.stderr.write(`the build failed:\n${(error as { stdout: Buffer }).stdout}\n`);
  }
}
