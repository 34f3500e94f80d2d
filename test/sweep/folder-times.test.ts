/** Times of folders are set to the nanosecond, by whichever program the host has. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setFineTimes } from '../../src/storage/writer/folder-times.js';
import { isExecutable } from '../harness/programs.js';
import { tempFolder } from '../harness/temp.js';

const TIMES = ['1700000000123456789', '1', '1000000000000000001'];

describe('times of folders', () => {
  let base: string;
  let bin: string;
  beforeEach(async () => {
    base = await tempFolder();
    bin = join(base, 'bin');
    fs.mkdirSync(bin);
    vi.stubEnv('PATH', bin);
  });
  afterEach(() => vi.unstubAllEnvs());

  const provide = (...programs: string[]): void => {
    const folders = ['/usr/bin', '/bin'];
    for (const program of programs) {
      const real = folders.map((folder) => join(folder, program)).find(isExecutable);
      fs.symlinkSync(real!, join(bin, program));
    }
  };

  /** @returns mtimes in nanoseconds, and whether the access times were left alone */
  function setAll(): { times: string[]; isAccessKept: boolean } {
    const folders = TIMES.map((_, i) => join(base, `folder ${i}`));
    const fds = folders.map((folder) => {
      fs.mkdirSync(folder);
      fs.utimesSync(folder, 5, 5);
      return fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    });
    setFineTimes(fds, TIMES);
    const stats = fds.map((fd) => fs.fstatSync(fd, { bigint: true }));
    for (const fd of fds) fs.closeSync(fd);
    return {
      times: stats.map(({ mtimeNs }) => String(mtimeNs)),
      isAccessKept: stats.every(({ atimeNs }) => atimeNs === 5_000_000_000n),
    };
  }

  it.each([[['perl']], [['sh', 'touch']], [['perl', 'sh', 'touch']]])('by %s', (programs) => {
    provide(...programs);
    expect(setAll()).toEqual({ times: TIMES, isAccessKept: true });
  });

  it('by touch if perl fails', () => {
    provide('sh', 'touch');
    fs.writeFileSync(join(bin, 'perl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(setAll().times).toEqual(TIMES);
  });

  it('not at all without a program', () => {
    expect(new Set(setAll().times)).toEqual(new Set(['5000000000']));
  });
});
