import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runAlsoIfWeEnd } from '../../src/app/session/service-command.js';
import { LEAVE_CGROUPS } from '../../src/runtime/container.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regsweep-shell-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Processes of which this one is the parent. */
function children(): number[] {
  const tasks = readdirSync('/proc/self/task');
  const read = (task: string): string => readFileSync(`/proc/self/task/${task}/children`, 'utf8');
  return tasks.flatMap((task) => read(task).trim().split(' ').filter(Boolean).map(Number));
}

describe('a command that waits', () => {
  const lines = (): string =>
    existsSync(join(folder, 'ran')) ? readFileSync(join(folder, 'ran'), 'utf8') : '';
  const command = (): string => `echo ran >> ${join(folder, 'ran')}; echo told; cat; exit 3`;

  /** One whose process was killed before it was told anything. */
  function killed() {
    const before = children();
    const waiting = runAlsoIfWeEnd(command());
    const waiter = children().find((pid) => !before.includes(pid))!;
    process.kill(waiter, 'SIGKILL');
    return { waiting, waiter };
  }

  it('runs once it is told to, not before, and with nothing to read', async () => {
    const waiting = runAlsoIfWeEnd(command());
    await sleep(100);
    expect(readdirSync(folder)).toEqual([]);
    const outcome = await waiting.run(5000);
    expect(outcome).toMatchObject({ ok: false, how: 'exit 3', output: 'told' });
    expect(lines()).toBe('ran\n');
  });

  it('runs all the same where the process that waited is gone', async () => {
    const { waiting, waiter } = killed();
    while (children().includes(waiter)) await sleep(5);
    expect(await waiting.run(5000)).toMatchObject({ how: 'exit 3', output: 'told' });
    expect(lines()).toBe('ran\n');
  });

  it('and where nobody has noticed yet that it is gone', async () => {
    const { waiting } = killed();
    const until = performance.now() + 300;
    while (performance.now() < until); // the loop doesn't turn meanwhile
    expect(await waiting.run(5000)).toMatchObject({ how: 'exit 3', output: 'told' });
    expect(lines()).toBe('ran\n');
  });

  it('waits outside of the control groups that the image’s entry point names', async () => {
    const files = [join(folder, 'none/cgroup.procs'), join(folder, 'cgroup.procs')];
    vi.stubEnv(LEAVE_CGROUPS, files.join(' '));
    const before = children();
    const waiting = runAlsoIfWeEnd(command());
    vi.unstubAllEnvs();
    const waiter = children().find((pid) => !before.includes(pid));
    expect(await waiting.run(5000)).toMatchObject({ how: 'exit 3', output: 'told' });
    expect(readFileSync(files[1]!, 'utf8')).toBe(`${waiter}\n`);
  });

  it('waits for what came before, should we be killed meanwhile', async () => {
    const log = join(folder, 'ran');
    const module = new URL('../../src/app/session/service-command.ts', import.meta.url);
    const script = `
      import { runAlsoIfWeEnd, runShell } from ${JSON.stringify(module.href)};
      const waiting = runAlsoIfWeEnd('echo start >> ${log}');
      runShell('sleep 1; echo stopped >> ${log}', 9000, (pid) => waiting.behind(pid, 9000));
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);`;
    const ended = spawnSync(process.execPath, ['--import', 'tsx', '-e', script]);
    expect(ended.signal).toBe('SIGKILL');
    for (let left = 100; left > 0 && !/start/.test(lines()); left--) await sleep(100);
    expect(lines()).toBe('stopped\nstart\n');
  });
});
