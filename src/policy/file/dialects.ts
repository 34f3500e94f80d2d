/**
 * Reads ECR policies as articles and other programs write them. Each change is reported. Text that
 * could be meant in two ways is not changed.
 */
import { isMap, isScalar, isSeq, type Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { PositionedText } from './positioned-text.js';

const RULE = ['rulePriority', 'description', 'selection', 'action'];
const SELECTION = [
  ...['tagStatus', 'tagPatternList', 'tagPrefixList', 'storageClass'],
  ...['countType', 'countUnit', 'countNumber'],
];
const ENTRY = [
  ...['match', 'policyFile', 'rules', 'keepLast', 'keepWithin', 'pulledWithin', 'keepTags'],
  ...['minAge', 'sortBy', 'ageBy'],
];
const GROUP = [
  ...ENTRY.filter((name) => !['match', 'policyFile', 'rules', 'ageBy'].includes(name)),
  'tags',
  'exceptTags',
  'untagged',
];

/** Changes the parsed document itself, so that later messages still have positions. */
export function readDialects(source: PositionedText, form: 'ecr' | 'wrapper'): void {
  const { root } = source;
  if (!isMap(root)) return;
  if (form === 'ecr') readEcr(source, root);
  else readWrapper(source, root);
}

function readWrapper(source: PositionedText, root: YAMLMap): void {
  const report = reporter(source);
  rename(root, ['version', 'protect', 'maxDelete', 'repositories'], {}, report);
  for (const entry of mapsIn(root, 'repositories')) {
    rename(entry, ENTRY, {}, report);
    for (const rule of mapsIn(entry, 'rules')) rename(rule, GROUP, {}, report);
  }
}

function readEcr(source: PositionedText, root: YAMLMap): void {
  const report = reporter(source);
  rename(root, ['rules'], {}, report);
  const rules = mapsIn(root, 'rules');
  for (const rule of rules) {
    rename(rule, [...RULE, ...SELECTION, 'tagSelector'], ALIASES, report);
    moveIntoSelection(rule, report);
    const selection = rule.get('selection');
    if (isMap(selection)) {
      rename(selection, [...SELECTION, 'tagSelector'], ALIASES, report);
      readSelector(selection, report);
      readUnit(selection, report);
      allTags(selection, report);
    }
    readAction(rule, report);
  }
  if (rules.length > 0 && rules.every((rule) => !rule.has('rulePriority'))) {
    for (const [i, rule] of rules.entries()) rule.set('rulePriority', i + 1);
    report('rules without rulePriority are numbered in their order, from 1');
  }
}

const ALIASES: Readonly<Record<string, string>> = {
  priority: 'rulePriority',
  countunits: 'countUnit',
  tagpatterns: 'tagPatternList',
  tagprefixes: 'tagPrefixList',
};

type Report = (reading: string) => void;

const reporter =
  (source: PositionedText): Report =>
  (reading) => {
    const line = `${source.file}: ${reading}`;
    if (!source.readings.includes(line)) source.readings.push(line);
  };

const normal = (key: string): string => key.toLowerCase().replace(/[_-]/g, '');

/** Renames keys in another spelling: `count_number`, `CountNumber`. */
function rename(
  map: YAMLMap,
  known: readonly string[],
  aliases: Readonly<Record<string, string>>,
  report: Report,
): void {
  for (const { key } of map.items as Pair[]) {
    if (!isScalar(key) || typeof key.value !== 'string' || known.includes(key.value)) continue;
    const written = key.value;
    const target =
      known.find((name) => normal(name) === normal(written)) ?? aliases[normal(written)];
    if (target === undefined || map.has(target)) continue;
    key.value = target;
    report(`"${written}" is read as ${target}`);
  }
}

/** Moves fields of the selection from the rule itself into `selection`. */
function moveIntoSelection(rule: YAMLMap, report: Report): void {
  const fields = (rule.items as Pair[]).filter(
    ({ key }) => isScalar(key) && [...SELECTION, 'tagSelector'].includes(String(key.value)),
  );
  if (fields.length === 0 || rule.has('selection')) return;
  const names = fields.map(({ key }) => (key as Scalar).value);
  const made = new YAMLMap();
  made.range = (fields[0]!.key as Scalar).range ?? null;
  made.items.push(...(fields as YAMLMap['items']));
  rule.items = rule.items.filter((pair) => !fields.includes(pair as Pair));
  rule.set('selection', made);
  report(`${names.join(', ')} in the rule itself: read as part of its selection`);
}

/** Converts `tagSelector: { tagPattern: <regular expression>, tagStatus }`. */
function readSelector(selection: YAMLMap, report: Report): void {
  const selector = selection.get('tagSelector');
  if (!isMap(selector)) return;
  rename(selector, ['tagPattern', 'tagStatus'], {}, report);
  const others = (selector.items as Pair[]).some(
    ({ key }) => !['tagPattern', 'tagStatus'].includes(String((key as Scalar).value)),
  );
  const pattern = selector.get('tagPattern');
  const status = selector.get('tagStatus');
  if (others || (pattern !== undefined && typeof pattern !== 'string')) return;
  selection.delete('tagSelector');
  if (!selection.has('tagStatus')) {
    selection.set('tagStatus', status ?? (pattern === undefined ? 'any' : 'tagged'));
  }
  if (pattern === undefined) return;
  const expression = /^\/.*\/$/.test(pattern) ? pattern : `/${pattern}/`;
  const list = new YAMLSeq();
  list.add(new Scalar(expression));
  selection.set('tagExpressionList', list);
  report(`tagSelector.tagPattern is read as a regular expression: ${expression}`);
}

function readUnit(selection: YAMLMap, report: Report): void {
  const unit = selection.get('countUnit');
  if (unit !== 'day' && unit !== 'DAYS' && unit !== 'Days') return;
  selection.set('countUnit', 'days');
  report(`countUnit "${unit}" is read as days`);
}

function allTags(selection: YAMLMap, report: Report): void {
  const lists = ['tagPatternList', 'tagPrefixList', 'tagExpressionList'];
  if (selection.get('tagStatus') !== 'tagged' || lists.some((name) => selection.has(name))) return;
  const list = new YAMLSeq();
  list.add(new Scalar('*'));
  selection.set('tagPatternList', list);
  report('tagStatus "tagged" without a list is read as all tags');
}

/** Reads `action: expire` and `action: { type: delete }`. */
function readAction(rule: YAMLMap, report: Report): void {
  const action = rule.get('action');
  const type = isMap(action) ? action.get('type') : action;
  if (typeof type !== 'string' || !/^(?:expire|delete)$/i.test(type)) return;
  if (isMap(action) && type === 'expire') return;
  if (isMap(action)) action.set('type', 'expire');
  else {
    const made = new YAMLMap();
    made.set('type', 'expire');
    rule.set('action', made);
  }
  report(
    isMap(action)
      ? `action type "${type}" is read as expire`
      : `action "${type}" is read as { "type": "expire" }`,
  );
}

function mapsIn(map: YAMLMap, key: string): YAMLMap[] {
  const list = map.get(key);
  return isSeq(list) ? (list.items.filter(isMap) as YAMLMap[]) : [];
}
