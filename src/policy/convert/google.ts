/**
 * Converts Google Artifact Registry's policies. There, an image is removed if a Delete policy
 * selects it and no Keep policy does.
 */
import { type Conversion, type ConvertedRule, type Data, durationOf } from './conversion.js';

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export function fromGoogle(policies: readonly Data[]): Conversion {
  const notes: string[] = [];
  const typeOf = ({ action }: Data): string =>
    String(typeof action === 'object' ? (action as Data).type : action).toLowerCase();
  const kept = criteriaOf(
    policies.filter((one) => typeOf(one) === 'keep'),
    notes,
  );
  const rules: ConvertedRule[] = [];
  const removals = policies.filter((one) => typeOf(one) === 'delete');
  for (const { name, condition } of removals) {
    for (const selected of selectionsOf(condition as Data | undefined, String(name), notes)) {
      const span = durationOf((condition as Data | undefined)?.olderThan);
      const rule = {
        ...selected,
        ...kept,
        ...(span === undefined ? {} : { keepWithin: longer(span, kept.keepWithin) }),
      };
      if (rule.untagged) delete rule.keepTags;
      if (Object.keys(rule).length > 1) rules.push(rule);
      else
        notes.push(
          `${name} removes everything it selects. A rule here must keep something, so it was not converted.`,
        );
    }
  }
  if (rules.length > 1) {
    notes.push(
      'If several Delete policies select an image, Google removes it if any of them does. Here it is kept if any rule keeps it.',
    );
  }
  if (kept.keepLast !== undefined) {
    notes.push(
      'mostRecentVersions counts all versions of a package. Here keepLast counts only the images that its rule selects.',
    );
  }
  return {
    entries: [rules.length > 0 ? { match: ['**'], rules } : { match: ['**'], keepTags: ['*'] }],
    notes,
  };
}

const DAY = 86_400;
const secondsOf = (span: string): number =>
  Number.parseInt(span, 10) * ({ d: DAY, h: 3600, s: 1 }[span.at(-1)!] ?? 1);
const longer = (a: string, b: string | undefined): string =>
  b !== undefined && secondsOf(b) > secondsOf(a) ? b : a;

function criteriaOf(keeps: readonly Data[], notes: string[]): ConvertedRule {
  const kept: ConvertedRule = {};
  for (const { name, condition, mostRecentVersions } of keeps) {
    const recent = mostRecentVersions as Data | undefined;
    const { tagPrefixes, newerThan, tagState, ...others } = (condition ?? {}) as Data;
    if (recent !== undefined)
      kept.keepLast = Math.max(kept.keepLast ?? 0, Number(recent.keepCount));
    const span = durationOf(newerThan);
    if (span !== undefined) kept.keepWithin = longer(span, kept.keepWithin);
    const prefixes = texts(tagPrefixes).map((prefix) => `${prefix}*`);
    if (prefixes.length > 0) kept.keepTags = [...(kept.keepTags ?? []), ...prefixes];
    else if (/^tagged$/i.test(String(tagState)) && span === undefined) kept.keepTags = ['*'];
    const unsaid = [
      ...Object.keys(others),
      ...(recent !== undefined && 'packageNamePrefixes' in recent ? ['packageNamePrefixes'] : []),
    ];
    if (unsaid.length > 0)
      notes.push(
        `${name}: ${unsaid.join(', ')} can't be converted; the images it keeps are kept in all repositories.`,
      );
  }
  return kept;
}

function selectionsOf(condition: Data | undefined, name: string, notes: string[]): ConvertedRule[] {
  const { tagState = 'any', tagPrefixes, olderThan: _, ...others } = condition ?? {};
  const unsaid = Object.keys(others);
  if (unsaid.length > 0) {
    notes.push(
      `${name}: ${unsaid.join(', ')} can't be converted, and the policy would select more without it, so it was omitted. Use match.`,
    );
    return [];
  }
  const prefixes = texts(tagPrefixes).map((prefix) => `${prefix}*`);
  const tagged: ConvertedRule = { tags: prefixes.length > 0 ? prefixes : ['*'] };
  const state = String(tagState).toLowerCase();
  if (state === 'untagged') return [{ untagged: true }];
  return state === 'tagged' || prefixes.length > 0 ? [tagged] : [tagged, { untagged: true }];
}
