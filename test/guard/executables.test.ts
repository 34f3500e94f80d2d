/** What an executable is, by its bytes. */
import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { executableKind } from '../../src/guard/host/executables.js';
import { tempFolder } from '../harness/temp.js';

it('the program’s own is not read, and is what a scan says of a copy', async () => {
  const copy = join(await tempFolder(), 'node');
  fs.copyFileSync(process.execPath, copy);
  const read = vi.spyOn(fs, 'readSync');
  expect([executableKind('/proc/self/exe'), read.mock.calls.length]).toEqual(['plain', 0]);
  expect(executableKind(copy)).toBe('plain');
  expect(read.mock.calls.length).toBeGreaterThan(10);
  read.mockRestore();
});

it('a registry’s strings in any file make it one, whatever runs this program', async () => {
  const file = join(await tempFolder(), 'file');
  fs.writeFileSync(file, 'x'.repeat(2_000_000));
  expect(executableKind(file)).toBe('plain');
  fs.appendFileSync(
    file,
    'github.com/distribution/distribution/v3/registry/storage/driver/filesystem',
  );
  expect(executableKind(file)).toBe('registry');
});
