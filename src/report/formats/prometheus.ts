/** The text format of Prometheus, for node_exporter's textfile collector. */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * A gauge with its samples. All samples of a run have the same root and, if labelled, the same
 * command.
 */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The root and command whose samples are replaced. */
export interface Writer {
  readonly root: string;
  readonly command: string;
}

/**
 * @param previous the text of the file before. Families that this run doesn't write, and samples of
 *   other roots and commands, are kept. Lines that regsweep didn't write are dropped.
 */
export function* prometheusText(
  families: readonly MetricFamily[],
  writer: Writer,
  previous = '',
): Generator<string> {
  const old = parsed(previous);
  const written = new Set(families.map(({ name }) => name));
  for (const { name, help, samples } of families) {
    const others = (old.get(name)?.samples ?? []).filter((sample) => !isOf(sample, writer));
    yield* familyText({ name, help, samples: [...others, ...samples] });
  }
  for (const family of old.values()) if (!written.has(family.name)) yield* familyText(family);
}

/** A sample without a `command` is about the tree, whichever command wrote it. */
function isOf({ labels }: Sample, { root, command }: Writer): boolean {
  return labels.root === root && (labels.command ?? command) === command;
}

function* familyText({ name, help, samples }: MetricFamily): Generator<string> {
  if (samples.length === 0) return;
  yield `# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${name} gauge\n`;
  for (const { labels, value } of samples) {
    const pairs = Object.entries(labels).map(
      ([label, text]) => `${label}="${text.replace(/[\\\n"]/g, escaped)}"`,
    );
    yield `${name}{${pairs.join(',')}} ${value}\n`;
  }
}

const escaped = (char: string): string => (char === '\n' ? '\\n' : `\\${char}`);
const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

const HELP = /^# HELP (regsweep_[a-z0-9_]+) (.*)$/;
const SAMPLE = /^(regsweep_[a-z0-9_]+)\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\} (-?[0-9.e+-]+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** The families in a file of an earlier run. */
function parsed(text: string): Map<string, MetricFamily & { readonly samples: Sample[] }> {
  const families = new Map<string, MetricFamily & { readonly samples: Sample[] }>();
  for (const line of text.split('\n')) {
    const [, named, help] = HELP.exec(line) ?? [];
    if (named !== undefined)
      families.set(named, { name: named, help: unescaped(help ?? ''), samples: [] });
    const [, name, pairs, number] = SAMPLE.exec(line) ?? [];
    const value = Number(number);
    if (name === undefined || !Number.isFinite(value)) continue;
    const labels = Object.fromEntries(
      [...pairs!.matchAll(LABEL)].map(([, label, content]) => [label!, unescaped(content!)]),
    );
    families.get(name)?.samples.push({ labels, value });
  }
  return families;
}
