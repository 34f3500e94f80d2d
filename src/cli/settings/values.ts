/** Reads single settings from the layers. */
import { usageError } from '../../util/errors.js';
import { nearest } from '../../util/nearest-word.js';
import { splitList } from '../../util/split-list.js';
import { type OptionName, optionSpec, variableOf } from '../args/option-table.js';
import type { Layer, RawValue } from './sources.js';

/** Reads each setting from the first layer that has it, or takes its default. */
export class Values {
  constructor(private readonly layers: readonly Layer[]) {}

  /** @throws RegsweepError `usage` if the value is empty, as from an unset variable in a script */
  raw(name: OptionName): RawValue | undefined {
    for (const layer of this.layers) {
      const found = layer.get(name);
      if (found === undefined) continue;
      if (isEmpty(found.value)) throw usageError(...emptyMessage(name, found.source));
      return found;
    }
    const fallback = optionSpec(name).default;
    return fallback === undefined ? undefined : { value: fallback, source: `--${name}` };
  }

  flag(name: OptionName): boolean {
    return this.raw(name)?.value === true;
  }

  text(name: OptionName): string | undefined {
    const raw = this.raw(name);
    return raw === undefined ? undefined : String(raw.value);
  }

  list(name: OptionName): readonly string[] {
    const value = this.raw(name)?.value;
    if (value === undefined || typeof value === 'boolean') return [];
    return typeof value === 'string' ? splitList(value) : value;
  }

  /** @throws RegsweepError `usage` */
  async globs(name: OptionName): Promise<readonly string[]> {
    const globs = this.list(name);
    if (globs.length === 0) return globs;
    // The pattern parser is loaded only if there is a glob.
    const { requireGlobs } = await import('../../util/pattern/glob-list.js');
    requireGlobs(globs, this.raw(name)!.source);
    return globs;
  }

  read<T>(name: OptionName, parse: (text: string, source: string) => T): T | undefined {
    const raw = this.raw(name);
    return raw === undefined ? undefined : parse(String(raw.value), raw.source);
  }

  optionalChoice(name: OptionName): string | undefined {
    return this.raw(name) === undefined ? undefined : this.choice(name);
  }

  choice(name: OptionName): string {
    const raw = this.raw(name)!;
    const choices = optionSpec(name).choices ?? [];
    const value = String(raw.value);
    if (choices.includes(value)) return value;
    throw usageError(
      `${raw.source}: "${value}" is none of ${choices.join(', ')}${suggestion(value, choices)}`,
    );
  }
}

/** True also for `--only ,`: an empty list must not mean everything. */
const isEmpty = (value: RawValue['value']): boolean =>
  [value].flat().some((text) => typeof text === 'string' && splitList(text).length === 0);

function emptyMessage(name: OptionName, source: string): [string, string] {
  const variable = source === variableOf(name) ? `unset ${source}, or` : 'leave it out, or';
  return [`${source} is empty`, `${variable} give it a value: ${optionSpec(name).describe}`];
}

/** The suffix "did you mean" of a message; '' if no known word is similar. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}
