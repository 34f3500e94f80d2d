/**
 * Writes bundle/regsweep.cdx.json, the CycloneDX list of the packages in a release: `npm run sbom`.
 * npm makes it from the lockfile and the installed packages. Development tools are removed, except
 * those that the HTML report's script contains.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const outfile = process.argv[2] ?? `${project}/bundle/regsweep.cdx.json`;
const BUILT_IN = ['d3-hierarchy'];
const DEVELOPMENT = 'cdx:npm:package:development';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly properties?: readonly { readonly name: string }[];
}

interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const isShipped = ({ name, properties = [] }: Component): boolean =>
  BUILT_IN.includes(name) || !properties.some((property) => property.name === DEVELOPMENT);

function shipped(bom: Bom): Bom {
  const { metadata } = bom;
  const components = bom.components.filter(isShipped);
  const refs = new Set([metadata.component, ...components].map((one) => one['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((on) => refs.has(on)) }));
  // npm takes the name from the project's folder.
  const component = { ...metadata.component, name: 'regsweep' };
  return { ...bom, metadata: { ...metadata, component }, components, dependencies };
}

const flags = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const made = execFileSync('npm', ['sbom', ...flags], {
  cwd: project,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
mkdirSync(dirname(outfile), { recursive: true });
writeFileSync(outfile, `${JSON.stringify(shipped(JSON.parse(made) as Bom), null, 2)}\n`);
