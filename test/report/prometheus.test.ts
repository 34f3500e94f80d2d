import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { metricsOf, type RunOutcome } from '../../src/report/build/metrics.js';
import { type MetricFamily, prometheusText } from '../../src/report/formats/prometheus.js';
import type { ChangeReport, Report } from '../../src/report/model/model.js';
import { Store, smallImage } from '../facts/helpers.js';
import { needs } from '../harness/require.js';
import { looked } from './html/store.js';

const text = (
  families: readonly MetricFamily[],
  root: string,
  command: string,
  previous = '',
): string => [...prometheusText(families, { root, command }, previous)].join('');

const gauge = (name: string, samples: MetricFamily['samples']): MetricFamily => ({
  name: `regsweep_${name}`,
  help: 'A\nthing \\ of',
  samples,
});

describe('the text format', () => {
  it('escapes label values and help', () => {
    const labels = { root: '/r', repository: 'a"b\\c\nd{}=,e' };
    expect(text([gauge('x', [{ labels, value: 1.5 }])], '/r', 'analyze')).toBe(
      '# HELP regsweep_x A\\nthing \\\\ of\n# TYPE regsweep_x gauge\n' +
        'regsweep_x{root="/r",repository="a\\"b\\\\c\\nd{}=,e"} 1.5\n',
    );
  });

  it('keeps what others wrote, and only that', () => {
    const run = (
      root: string,
      command: string,
      value: number,
    ): MetricFamily['samples'][number] => ({
      labels: { root, command, kind: 'a"\\\n}' },
      value,
    });
    const tree = (root: string, value: number) => ({ labels: { root, repository: '} 1' }, value });
    const old = text(
      [
        gauge('run', [run('/r', 'sweep', 1), run('/r', 'analyze', 2), run('/q', 'sweep', 3)]),
        gauge('tree', [tree('/r', 4), tree('/q', 5)]),
        gauge('gone', [tree('/r', 6)]),
        gauge('other', [tree('/r', 7)]),
      ],
      '/r',
      'sweep',
    );
    const noise = `node_load 3\nregsweep_run{root="/q} 3\nregsweep_orphan{root="/q"} 3\n${old}`;
    const now = [
      gauge('run', [run('/r', 'sweep', 10)]),
      gauge('tree', [tree('/r', 40)]),
      gauge('gone', []),
    ];
    expect(text(now, '/r', 'sweep', noise)).toBe(
      text(
        [
          gauge('run', [run('/r', 'analyze', 2), run('/q', 'sweep', 3), run('/r', 'sweep', 10)]),
          gauge('tree', [tree('/q', 5), tree('/r', 40)]),
          gauge('other', [tree('/r', 7)]),
        ],
        '/r',
        'sweep',
      ),
    );
  });
});

const OUTCOME: RunOutcome = {
  root: '/r',
  command: 'sweep',
  report: undefined,
  result: 'guard-refused',
  exitCode: 12,
  endedAt: 1000,
  durationSeconds: 2.5,
  disk: { bytes: 100, availableBytes: 40 },
};

const CHANGE: ChangeReport & { kind: 'change' } = {
  kind: 'change',
  schemaVersion: 1,
  root: '/r',
  command: 'sweep',
  state: 'done',
  run: { id: 'i', startedAt: '', durationMs: 1, version: '0', downtimeMs: 1500 },
  quarantine: true,
  guard: 'stopped',
  moved: { blob: 3, revision: 2 },
  bytes: 50,
  diskBytes: 4096,
  folderDiskBytes: 0,
  skippedCount: 1,
  skipped: [],
  notes: [],
};

const valuesOf = (outcome: RunOutcome): Record<string, unknown> =>
  Object.fromEntries(
    metricsOf(outcome).flatMap(({ name, samples }) =>
      samples.map(({ labels, value }) => {
        const { root: _, command: __, ...rest } = labels;
        const about = Object.values(rest).join();
        return [`${name.replace('regsweep_', '')}${about && ` ${about}`}`, value];
      }),
    ),
  );

const DISK = { filesystem_size_bytes: 100, filesystem_available_bytes: 40 };

describe('the metrics of a run', () => {
  it('says of a refused run that it removed nothing, and leaves the last success', () => {
    expect(valuesOf(OUTCOME)).toEqual({
      run_timestamp_seconds: 1000,
      run_duration_seconds: 2.5,
      run_exit_code: 12,
      'run_result guard-refused': 1,
      run_removed_bytes: 0,
      run_removed_disk_bytes: 0,
      run_freed_disk_bytes: 0,
      run_skipped_items: 0,
      run_downtime_seconds: 0,
      ...DISK,
    });
  });

  it.each([
    [true, 0],
    [false, 4096],
  ])('frees nothing by quarantine (%s)', (quarantine, freed) => {
    const report = { ...CHANGE, quarantine };
    expect(valuesOf({ ...OUTCOME, report, result: 'done', exitCode: 0 })).toEqual({
      run_timestamp_seconds: 1000,
      run_success_timestamp_seconds: 1000,
      run_duration_seconds: 2.5,
      run_exit_code: 0,
      'run_result done': 1,
      'run_removed_items blob': 3,
      'run_removed_items revision': 2,
      run_removed_bytes: 50,
      run_removed_disk_bytes: 4096,
      run_freed_disk_bytes: freed,
      run_skipped_items: 1,
      run_downtime_seconds: 1.5,
      ...DISK,
    });
  });

  it('counts the tree by state and repository', async () => {
    const store = new Store();
    smallImage(store, 'a', 'one', ['1']);
    smallImage(store, 'b', 'two');
    const { report } = await looked(store);
    const analyzed: Report = { kind: 'analyze', ...report };
    const values = valuesOf({ ...OUTCOME, command: 'analyze', report: analyzed, exitCode: 0 });
    const { totals, repositories } = report;
    expect(values).toMatchObject({
      'blobs live': 6,
      'blobs young': 0,
      'blobs garbage': 0,
      'blob_bytes live': totals.live.bytes,
      'blob_disk_bytes live': totals.live.diskBytes,
      quarantine_runs: 1,
      quarantine_disk_bytes: 80,
      repositories: 2,
      tags: 1,
      manifests: 2,
      layer_links: 4,
      'findings unsafe': 0,
      'repository_bytes a': repositories[0]!.bytes,
      'repository_unique_bytes b': repositories[1]!.uniqueBytes,
      'repository_untagged_manifests b': 1,
    });
    expect(Object.keys(values).filter((name) => name.startsWith('run_removed'))).toEqual([]);
  });

  it('pleases promtool', needs('promtool'), async () => {
    const store = new Store();
    for (const name of ['a"\\', 'new\nline', 'raw\udcff', 'raw\\xff', '__proto__']) {
      smallImage(store, name, name, ['1']);
    }
    const { report } = await looked(store);
    const families = [
      ...metricsOf({ ...OUTCOME, command: 'analyze', report: { kind: 'analyze', ...report } }),
      ...metricsOf({ ...OUTCOME, report: CHANGE }).filter(({ name }) => /removed|freed/.test(name)),
    ];
    const input = text(families, '/r', 'analyze');
    expect(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('');
  });
});
