/** A plan by repository and reason, for terminals. The complete list would be too long. */
import { ACTION_KINDS, type ActionKind } from '../../../graph/action-kinds.js';
import { printable } from '../../../storage/names.js';
import type { ActionRow } from '../../model/model.js';
import { columns, heading, type Style, shortName } from '../../style.js';

const REPOSITORIES = 15;
const REASONS = 12;
/** Width of the number columns. */
const NUMBERS = 46;

type Counts = Partial<Record<ActionKind, number>>;

export function* planSummary(actions: Iterable<ActionRow>, style: Style): Generator<string> {
  const byRepository = new Map<string, Counts>();
  const byReason = new Map<string, number>();
  for (const { kind, repository, reason } of actions) {
    const key = `${kind.padEnd(16)} ${withoutTime(reason)}`;
    byReason.set(key, (byReason.get(key) ?? 0) + 1);
    if (repository === undefined) continue;
    const counts = byRepository.get(repository) ?? {};
    byRepository.set(repository, counts);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  yield* repositoriesText(byRepository, style);
  yield* reasonsText(byReason, style);
}

/** Reasons that differ only in their times count as one. */
const withoutTime = (reason: string): string =>
  reason.replace(/,? (?:unchanged )?since \d{4}-\d\d-\d\dT\S+/, '');

const number = (value: number | undefined): string =>
  value === undefined ? '-' : value.toLocaleString('en-US');

function* repositoriesText(
  byRepository: ReadonlyMap<string, Counts>,
  style: Style,
): Generator<string> {
  if (byRepository.size === 0) return;
  const itemsOf = (counts: Counts): number =>
    ACTION_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
  const rows = [...byRepository].sort(([, a], [, b]) => itemsOf(b) - itemsOf(a));
  const room = Math.max(16, style.width - NUMBERS);
  yield heading(style, 'By repository');
  yield* columns(
    style,
    ['repository', 'tags', 'manifests', 'layer links', 'other'],
    rows
      .slice(0, REPOSITORIES)
      .map(([name, counts]) => [
        shortName(name, room),
        number(counts.tag),
        number(counts.revision),
        number(counts['layer-link']),
        number(
          itemsOf(counts) -
            (counts.tag ?? 0) -
            (counts.revision ?? 0) -
            (counts['layer-link'] ?? 0) || undefined,
        ),
      ]),
  );
  if (rows.length > REPOSITORIES) yield `  … and ${number(rows.length - REPOSITORIES)} more\n`;
  yield '\n';
}

function* reasonsText(byReason: ReadonlyMap<string, number>, style: Style): Generator<string> {
  if (byReason.size === 0) return;
  const rows = [...byReason].sort(([, a], [, b]) => b - a);
  yield heading(style, 'By reason');
  for (const [reason, items] of rows.slice(0, REASONS)) {
    yield `  ${number(items).padStart(9)}  ${printable(reason)}\n`;
  }
  if (rows.length > REASONS) yield `  … and ${number(rows.length - REASONS)} other reasons\n`;
  yield '  --all lists every item; -o FILE writes the plan for review\n\n';
}
