/** The list of what a release carries names what it carries, and no tool of development. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));

interface Locked {
  readonly dev?: boolean;
  readonly version: string;
}

it('lists every package that the lockfile has for use, in its version', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-sbom-'));
  try {
    const file = join(folder, 'out/sbom.json');
    execFileSync('npm', ['run', '--silent', 'sbom', '--', file], { cwd: project });
    const bom = JSON.parse(readFileSync(file, 'utf8'));
    const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, Locked>;
    };
    const wanted = Object.entries(packages)
      .filter(
        ([path, { dev }]) => path !== '' && (dev !== true || path === 'node_modules/d3-hierarchy'),
      )
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);
    const refs = bom.components.map((one: { 'bom-ref': string }) => one['bom-ref']);
    expect([...new Set<string>(refs)].sort()).toEqual([...new Set(wanted)].sort());
    expect([bom.bomFormat, bom.metadata.component.name]).toEqual(['CycloneDX', 'regsweep']);
    const known = new Set(['regsweep@0.1.0', ...refs].map((ref) => ref.replace(/@[^@]*$/, '')));
    const edges = bom.dependencies.flatMap(({ dependsOn }: { dependsOn: string[] }) => dependsOn);
    expect(edges.filter((ref: string) => !known.has(ref.replace(/@[^@]*$/, '')))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
