/** From which Node an executable is made. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { targetOf } from '../../packaging/architecture.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-architecture-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first bytes of an ELF file, and what tells Node's version. */
function executable(machine: number, version = process.version): string {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  const file = join(folder, `node-${machine}-${version}`);
  writeFileSync(file, Buffer.concat([header, Buffer.from(`node.js/${version}\0`)]));
  return file;
}

it('is the Node that runs the build, or the named one, whose file tells the architecture', () => {
  expect(targetOf([])).toMatchObject({ node: process.execPath, arch: process.arch });
  const arm64 = executable(183);
  const wanted = { node: arm64, arch: 'arm64', debian: 'arm64', outfile: 'out' };
  expect(targetOf(['--node', arm64, 'out'])).toEqual(wanted);
  expect(targetOf(['--node', executable(62)])).toMatchObject({ arch: 'x64', debian: 'amd64' });
});

it('is refused where it is another version, another machine’s, or no executable', () => {
  const script = join(folder, 'script');
  writeFileSync(script, '#!/bin/sh\n');
  const refused = [
    [executable(183, 'v20.0.0'), /is not Node v\d+\.\d+\.\d+, which runs this build$/],
    [executable(243), /is no Linux executable for x64 or arm64$/],
    [script, /is no Linux executable for x64 or arm64$/],
  ] as const;
  for (const [node, message] of refused) expect(() => targetOf(['--node', node])).toThrow(message);
  expect(() => targetOf(['--node', join(folder, 'none')])).toThrow(/ENOENT/);
});
