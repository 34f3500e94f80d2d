/** `config sample`, `--log-file` and `--notify-command`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/context.js';
import { withNotification } from '../../src/cli/output/notify.js';
import { validated } from '../../src/cli/settings/settings-file.js';
import { RegsweepError } from '../../src/util/errors.js';
import { regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { tempFolder } from '../harness/temp.js';

describe('config sample', () => {
  it('is a valid settings file, as it is and with every setting in force', async () => {
    const { code, stdout } = await regsweep(['config', 'sample']);
    expect(code).toBe(0);
    expect(validated('sample', stdout)).toEqual({});
    const inForce = stdout.replace(/^# ( *(?:- )?[\w-]+:(?: .*)?)$/gm, '$1');
    const settings = validated('sample', inForce);
    expect(settings).toMatchObject({ root: '/var/lib/registry', 'min-age': '24h' });
    expect(settings.guard?.bystanders).toHaveLength(1);
    expect(settings.approval).toMatchObject({ required: true, validFor: '48h' });
    expect(Object.keys(settings)).not.toContain('delete');
    expect(Object.keys(settings).length).toBeGreaterThan(30);
  });
});

describe('--log-file', () => {
  it('gets one JSON object for each event, also of what --quiet drops and of errors', async () => {
    const folder = await tempFolder();
    const root = copyFixture(join(folder, 'registry'));
    const file = join(folder, 'log.jsonl');
    await regsweep(['analyze', root, '--repo', 'nosuch', '--quiet', '--log-file', file]);
    await regsweep(['analyze', join(folder, 'nowhere'), '--log-file', file]);
    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ level, event, exitCode }) => [level, event, exitCode])).toEqual([
      ['info', 'start', undefined],
      ['warning', 'warning', undefined],
      ['info', 'end', 3],
      ['info', 'start', undefined],
      ['error', 'end', 10],
    ]);
    expect(
      lines.every(({ time, command }) => typeof time === 'string' && command === 'analyze'),
    ).toBe(true);
  });

  it('is refused where it can not be written', async () => {
    const { code, stderr } = await regsweep(['analyze', '/', '--log-file', '/nowhere/log']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('--log-file: ENOENT')]);
  });
});

describe('--notify-command', () => {
  const warnings: string[] = [];
  const context = (reports: unknown[]): CommandContext =>
    ({
      command: 'sweep',
      reports,
      log: { note: () => undefined, warn: (message: string) => warnings.push(message) },
    }) as unknown as CommandContext;

  it('gets the last result on its input, with the exit code beside it', async () => {
    const file = join(await tempFolder(), 'got');
    const report = { kind: 'audit', schemaVersion: 1, ok: true, lines: 3 };
    const command = `{ cat; echo "$REGSWEEP_COMMAND $REGSWEEP_EXIT_CODE"; } > ${file}`;
    expect(await withNotification(context([report]), command, async () => 3)).toBe(3);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/\nsweep 3\n$/);
    expect(JSON.parse(text.replace(/\nsweep 3\n$/, ''))).toEqual({
      schemaVersion: 1,
      ok: true,
      lines: 3,
    });
  });

  it('gets the error of a run that failed, which stays the error', async () => {
    const file = join(await tempFolder(), 'got');
    const error = new RegsweepError('guard-refused', 'somebody writes');
    const run = withNotification(context([]), `cat > ${file}`, () => Promise.reject(error));
    await expect(run).rejects.toBe(error);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      error: { code: 'guard-refused', message: 'somebody writes' },
    });
  });

  it('is no failure of the run where it fails, or reads nothing', async () => {
    const large = { kind: 'audit', problem: 'x'.repeat(1 << 20) };
    expect(await withNotification(context([large]), 'exit 7', async () => 0)).toBe(0);
    expect(warnings.at(-1)).toBe('The notify command failed (exit 7): exit 7');
    expect(existsSync('/nowhere')).toBe(false);
  });
});
