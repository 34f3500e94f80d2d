/**
 * Writes bundle/regsweep_<version>_<arch>.deb from the executable, which it makes too, the manual
 * page, the completions and the systemd units: `npm run deb`, or `npm run deb -- --node PATH` for
 * another architecture. Installing the package enables no unit.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readVersion } from '../src/runtime/version.js';
import { targetOf } from './architecture.js';
import { writeExecutable } from './single-executable.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const target = targetOf(process.argv.slice(2));
const executable = await writeExecutable(target);
const version = readVersion().replace('-', '~');
const architecture = target.debian;
const outfile = target.outfile ?? `${project}/bundle/regsweep_${version}_${architecture}.deb`;
const MAINTAINER = 'regsweep maintainers <regsweep@users.noreply.github.com>';
const COMPRESSION = ['-Zxz', '-z1'];

const folder = mkdtempSync(join(tmpdir(), 'regsweep-deb-'));
chmodSync(folder, 0o755);

function put(path: string, content: string | Buffer, mode = 0o644): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  writeFileSync(target, content);
  chmodSync(target, mode);
}

const text = (path: string): string => readFileSync(join(project, path), 'utf8');
/** Like `gzip -9n`: no name and no time in the header. */
const zipped = (content: string): Buffer => gzipSync(content, { level: 9 });
/** From the bundle: this machine may not be able to run the executable. */
const completion = (shell: string): string => {
  const bundle = `${project}/bundle/regsweep.mjs`;
  return execFileSync(process.execPath, [bundle, 'completion', shell], { encoding: 'utf8' });
};

const CONTROL = `Package: regsweep
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Section: admin
Priority: optional
Depends: libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1
Suggests: openssh-client
Description: storage analyzer and reversible sweeper for container registries
 regsweep shows the disk usage of a private Docker/OCI registry and removes
 unreferenced data. Removal is reversible. It needs a stopped or read-only
 registry, which regsweep checks itself. It works on the storage tree of
 distribution's filesystem driver. This package includes its own Node.
`;

/** The package contains one executable: Node's binary, with the libraries that Node includes. */
const OVERRIDES = `# Node's official binary, with regsweep in it; stripping removes regsweep.
regsweep: unstripped-binary-or-object [usr/bin/regsweep]
regsweep: embedded-library zlib [usr/bin/regsweep]
regsweep: hardening-no-pie [usr/bin/regsweep]
`;

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: regsweep

Files: *
Copyright: 2026 regsweep contributors
License: Apache-2.0
 On Debian systems, the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
Comment: The executable contains Node (https://nodejs.org, MIT and others) and the
 packages named in regsweep.mjs.LEGAL.txt.
`;

function changelog(): string {
  const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? Math.floor(Date.now() / 1000));
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `regsweep (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- ${MAINTAINER}  ${date}\n`;
}

try {
  put('DEBIAN/control', CONTROL);
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  cpSync(executable, join(folder, 'usr/bin/regsweep'));
  put('usr/share/man/man1/regsweep.1.gz', zipped(text('docs/regsweep.1')));
  put('usr/share/bash-completion/completions/regsweep', completion('bash'));
  put('usr/share/zsh/vendor-completions/_regsweep', completion('zsh'));
  put('usr/share/fish/vendor_completions.d/regsweep.fish', completion('fish'));
  for (const unit of readdirSync(`${project}/packaging/systemd`)) {
    const installed = text(`packaging/systemd/${unit}`).replaceAll('/usr/local/bin/', '/usr/bin/');
    put(`lib/systemd/system/${unit}`, installed);
  }
  put('usr/share/doc/regsweep/copyright', COPYRIGHT);
  put('usr/share/doc/regsweep/changelog.gz', zipped(changelog()));
  put('usr/share/doc/regsweep/regsweep.mjs.LEGAL.txt', text('bundle/regsweep.mjs.LEGAL.txt'));
  put('usr/share/lintian/overrides/regsweep', OVERRIDES);
  execFileSync('dpkg-deb', ['--root-owner-group', ...COMPRESSION, '--build', folder, outfile], {
    stdio: 'ignore',
  });
} finally {
  rmSync(folder, { recursive: true });
}
