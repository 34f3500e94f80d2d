/** What a terminal shows while a command works. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeLogger } from '../../src/cli/output/log.js';
import { makeProgress } from '../../src/cli/output/progress.js';

function terminal(): { stream: NodeJS.WriteStream; shown: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const size = { isTTY: true, columns: 80, rows: 24, cursorTo: () => true };
  return { stream: Object.assign(stream, size) as never, shown: () => text };
}

describe('progress', () => {
  it('shows after a second what began before, though nothing more is heard of it', async () => {
    const { stream, shown } = terminal();
    const progress = makeProgress(stream, true);
    progress.update({ stage: 'Reading the quarantine' });
    await sleep(500);
    expect(shown()).toBe('');
    await sleep(2000);
    expect(shown()).toContain('Reading the quarantine …');
    progress.stop();
  });

  it('shows nothing of what ended within the first second', async () => {
    const { stream, shown } = terminal();
    const progress = makeProgress(stream, true);
    progress.update({ stage: 'moved', done: 1, total: 2 });
    progress.stop();
    await sleep(1300);
    expect(shown()).toBe('');
  });

  it('is cleared before a message', () => {
    let stops = 0;
    const progress = { update: () => undefined, stop: () => void stops++ };
    makeLogger(true, { write: () => undefined } as never, progress).note('not shown');
    expect(stops).toBe(0);
    const write = process.stderr.write;
    process.stderr.write = (() => true) as never;
    makeLogger(false, { write: () => undefined } as never, progress).note('shown');
    process.stderr.write = write;
    expect(stops).toBe(1);
  });
});
