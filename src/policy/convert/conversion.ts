/** The result of converting another program's policy, and its text. */

/** An object in the other program's file. */
export type Data = Readonly<Record<string, unknown>>;

export interface ConvertedRule {
  tags?: string[];
  exceptTags?: string[];
  untagged?: true;
  keepLast?: number;
  keepWithin?: string;
  pulledWithin?: string;
  keepTags?: string[];
}

export interface ConvertedEntry {
  match: string[];
  rules?: ConvertedRule[];
  /** Keeps everything in these repositories. */
  keepTags?: string[];
}

export interface Conversion {
  readonly entries: readonly ConvertedEntry[];
  readonly protect?: readonly string[];
  /** For people: what can't be converted, or works differently here. */
  readonly notes: readonly string[];
}

/**
 * Converts durations: `30d`, `720h`, `2592000s` and `30 days` become `30d`.
 * @returns undefined if the value is not a duration
 */
export function durationOf(value: unknown): string | undefined {
  const [, number, unit = ''] = /^(\d+)\s*([a-z]*)$/i.exec(String(value)) ?? [];
  const seconds = UNITS[unit.toLowerCase()];
  if (number === undefined || seconds === undefined) return undefined;
  const all = Number(number) * seconds;
  if (all <= 0) return undefined;
  return all % 86_400 === 0 ? `${all / 86_400}d` : all % 3600 === 0 ? `${all / 3600}h` : `${all}s`;
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 },
  ...{ second: 1, seconds: 1, minute: 60, minutes: 60, hour: 3600, hours: 3600 },
  ...{
    day: 86_400,
    days: 86_400,
    week: 604_800,
    weeks: 604_800,
    month: 2_592_000,
    months: 2_592_000,
  },
};

/** Anchors a regular expression that must match a complete tag; `.*` becomes `*`. */
export const wholeTag = (expression: string): string =>
  /^\^?\.\*\$?$/.test(expression) ? '*' : `/^(?:${expression})$/`;

/** In the doublestar library, `**` in a tag matches any text. */
export const tagGlob = (pattern: string): string => pattern.replaceAll('**', '*');

const text = (value: unknown): string => JSON.stringify(value);

export function conversionText(
  { entries, protect, notes }: Conversion,
  name: string,
  file: string,
): string {
  const lines = [
    `# Converted from ${file}, a policy of ${name}.`,
    ...notes.map((note) => `# - ${note}`),
    'version: 1',
    ...(protect === undefined ? [] : [`protect: { tags: [${protect.map(text).join(', ')}] }`]),
    'repositories:',
  ];
  for (const { match, rules = [], keepTags } of entries) {
    lines.push(`  - match: [${match.map(text).join(', ')}]`);
    if (keepTags !== undefined) lines.push(`    keepTags: [${keepTags.map(text).join(', ')}]`);
    if (rules.length > 0) lines.push('    rules:');
    for (const rule of rules) {
      const fields = Object.entries(rule).map(
        ([key, value]) =>
          `${key}: ${Array.isArray(value) ? `[${value.map(text).join(', ')}]` : value}`,
      );
      lines.push(`      - { ${fields.join(', ')} }`);
    }
  }
  return `${lines.join('\n')}\n`;
}
