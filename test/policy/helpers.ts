/** Short ways to write images and policies in tests. */

import { parsePolicy } from '../../src/policy/file/parse.js';
import type { DecideOptions, ImageView, Policy } from '../../src/policy/index.js';
import { decideImages } from '../../src/policy/index.js';

export const DAY = 86_400;
export const NOW = 20_000 * DAY;

/** The digest that stands for a name: `sha256:` and the name's bytes, repeated to 64 digits. */
export function digestFor(name: string): string {
  const hex = Buffer.from(name, 'utf8').toString('hex');
  return `sha256:${hex.repeat(Math.ceil(64 / hex.length)).slice(0, 64)}`;
}

/** An image pushed `days` ago. */
export function image(
  name: string,
  days: number,
  tags: string[] = [],
  more: Partial<ImageView> = {},
): ImageView {
  return { digest: digestFor(name), tags, pushedAt: NOW - Math.round(days * DAY), ...more };
}

export interface ShortRule {
  readonly priority: number;
  readonly status?: 'tagged' | 'untagged' | 'any';
  readonly prefixes?: readonly string[];
  readonly patterns?: readonly string[];
  readonly count?: number;
  readonly days?: number;
  readonly description?: string;
}

export function ecrText(...rules: readonly ShortRule[]): string {
  return JSON.stringify({
    rules: rules.map(
      ({ priority, status = 'tagged', prefixes, patterns, count, days, description }) => ({
        rulePriority: priority,
        description,
        selection: {
          tagStatus: status,
          tagPrefixList: prefixes,
          tagPatternList: patterns,
          ...(days === undefined
            ? { countType: 'imageCountMoreThan', countNumber: count }
            : { countType: 'sinceImagePushed', countUnit: 'days', countNumber: days }),
        },
        action: { type: 'expire' },
      }),
    ),
  });
}

export const noFiles = (path: string): string => {
  throw new Error(`ENOENT: ${path}`);
};

export const ecr = (...rules: readonly ShortRule[]): Policy =>
  parsePolicy(ecrText(...rules), 'policy.json', noFiles);

/** A wrapper with one entry for everything, in YAML's flow form. */
export const keep = (entry: string, protect = '{}'): Policy =>
  parsePolicy(
    `version: 1\nprotect: ${protect}\nrepositories:\n  - { match: ["**"], ${entry} }\n`,
    'policy.yaml',
    noFiles,
  );

/** Everything of a result that a policy decides, by the images' names. */
export function outcome(
  policy: Policy,
  images: readonly ImageView[],
  names: readonly string[],
  options: DecideOptions = {},
): Record<string, string> {
  const byDigest = new Map(
    decideImages(policy, 'app', images, NOW, options).map((one) => [one.image.digest, one]),
  );
  return Object.fromEntries(
    names.map((name) => {
      const { action, reason } = byDigest.get(digestFor(name))!;
      return [name, `${action}: ${reason}`];
    }),
  );
}

/** The names of the images that expire, sorted. */
export function expiring(
  policy: Policy,
  images: readonly ImageView[],
  names: readonly string[],
  options: DecideOptions = {},
): string[] {
  const all = outcome(policy, images, names, options);
  return names.filter((name) => all[name]!.startsWith('expire')).sort();
}
