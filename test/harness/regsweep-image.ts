/** The image of packaging/Dockerfile, on a base image of the same name made from this machine's Node. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyProgram, type Engine } from './engines.js';
import { run } from './process.js';
import { makeTemp, removeTemp } from './temp.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = join(project, 'packaging/Dockerfile');

export const IMAGE = 'regsweep';

const PROGRAMS = ['node', 'sh', 'env', 'nsenter'];
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
const LICENSED = ['libc6', 'libstdc++6', 'libgcc-s1', 'util-linux', 'libselinux1'];

/** Builds what the Dockerfile says, packages from npm's registry included. */
export async function buildImage(engine: Engine): Promise<void> {
  const name = /^FROM (\S+) AS/m.exec(await readFile(dockerfile, 'utf8'))?.[1];
  if (name === undefined) throw new Error(`${dockerfile} names no base image`);
  await importBase(engine, name);
  const isolation = engine.name === 'podman' ? ['--isolation', 'chroot'] : [];
  const args = ['build', ...isolation, '-f', dockerfile, '--network=host', '-t', IMAGE, project];
  const { code, stderr } = await run(engine.name, args, { env: engine.env, timeoutMs: 280_000 });
  if (code !== 0) throw new Error(`${engine.name} ${args.join(' ')}: ${stderr}`);
}

async function importBase(engine: Engine, name: string): Promise<void> {
  const folder = await makeTemp();
  try {
    for (const program of PROGRAMS) await copyProgram(program, folder);
    const npm = 'usr/lib/node_modules/npm';
    await mkdir(join(folder, dirname(npm)), { recursive: true });
    await cp(await npmFolder(), join(folder, npm), { recursive: true });
    for (const command of ['npm', 'npx']) {
      await symlink(
        `../lib/node_modules/npm/bin/${command}-cli.js`,
        join(folder, 'usr/bin', command),
      );
    }
    await mkdir(join(folder, dirname(AUTHORITIES)), { recursive: true });
    await cp(AUTHORITIES, join(folder, AUTHORITIES), { dereference: true });
    for (const licensed of LICENSED) {
      const file = `usr/share/doc/${licensed}/copyright`;
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await cp(`/${file}`, join(folder, file), { dereference: true });
    }
    await mkdir(join(folder, 'tmp'));
    await symlink('usr/bin', join(folder, 'bin'));
    await writeFile(join(folder, 'LICENSE'), 'of this machine’s Node\n');
    await engine.importFolder(name, folder, [
      `ENV NODE_EXTRA_CA_CERTS=${AUTHORITIES}`,
      `ENV PATH=${dirname(await printed('command -v node'))}:/usr/bin:/bin`,
    ]);
  } finally {
    await removeTemp(folder);
  }
}

/** Debian, nodejs.org and GitHub's machines each have it elsewhere. */
const npmFolder = async (): Promise<string> =>
  dirname(dirname(await printed('readlink -f "$(command -v npm)"')));

async function printed(script: string): Promise<string> {
  return (await run('sh', ['-c', script])).stdout.trim();
}
