/** docs/performance.md: what was measured, on which machine, and which targets are missed. */
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import os from 'node:os';
import type { Target } from './contenders.js';
import { cpuSeconds, peak, type Result, seconds } from './measure.js';

export interface Section {
  readonly title: string;
  readonly text: string;
  readonly results: readonly Result[];
  readonly targets: readonly Target[];
}

const FILESYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
};

/** @param tree where the tree lies */
export function machine(tree: string): string[] {
  const [cpu] = os.cpus();
  const memory = (os.totalmem() / 1024 ** 3).toFixed(0);
  const registry = execFileSync('docker-registry', ['--version'], { encoding: 'utf8' }).trim();
  const type = statfsSync(tree).type;
  return [
    `- ${os.cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GB of memory`,
    `- ${os.type()} ${os.release()}, ${FILESYSTEMS[type] ?? `filesystem 0x${type.toString(16)}`}`,
    `- Node ${process.version}; \`${registry}\``,
    `- ${new Date().toISOString().slice(0, 10)}`,
  ];
}

function resultRows(results: readonly Result[]): string[] {
  const rows = results.map((result) => {
    const times = result.samples.map((sample) => sample.seconds);
    const late = result.samples.some((sample) => sample.timedOut) ? '≥ ' : '';
    const range = `${Math.min(...times).toFixed(3)}–${Math.max(...times).toFixed(3)}`;
    const cpu = cpuSeconds(result);
    const memory = `${peak(result).toFixed(0)} MB`;
    const cells = [
      `\`${result.name}\``,
      `${late}${seconds(result).toFixed(3)} s`,
      range,
      String(times.length),
      Number.isNaN(cpu) ? '' : `${cpu.toFixed(2)} s`,
      memory,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = ['command', 'median', 'range', 'runs', 'CPU', 'peak memory'];
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows];
}

function targetRows(targets: readonly Target[]): string[] {
  if (targets.length === 0) return [];
  const rows = targets.map(
    ({ what, wanted, measured, met }) =>
      `| ${what} | ${wanted} | ${measured} | ${met ? 'met' : '**missed**'} |`,
  );
  return ['', '| target | wanted | measured | |', '|---|---|---|---|', ...rows];
}

export function renderSection(section: Section): string {
  const { title, text, results, targets } = section;
  const rows = results.length === 0 ? [] : resultRows(results);
  return [`## ${title}`, '', text, '', ...rows, ...targetRows(targets), ''].join('\n');
}

function verdict(sections: readonly Section[]): string {
  const missed = sections.flatMap(({ title, targets }) =>
    targets.filter((target) => !target.met).map((target) => `${title}: ${target.what}`),
  );
  if (missed.length === 0) return 'Every target that was measured is met.';
  return `Missed: ${missed.map((what) => what).join('; ')}.`;
}

export function renderDocument(
  command: string,
  tree: string,
  sections: readonly Section[],
): string {
  return [
    '# Performance',
    '',
    `Measured with \`${command}\`, all in one run and in alternation (A B C, A B C, …), on:`,
    '',
    ...machine(tree),
    '',
    verdict(sections),
    '',
    ...sections.map(renderSection),
  ].join('\n');
}
