/**
 * Where a setting comes from: command line, then `REGSWEEP_*`, then the settings file.
 * The layers stay apart until settings.ts reads them, so that a message can name its source.
 */

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ApprovalRule } from '../../app/approval/rule.js';
import type { Bystander } from '../../guard/model/observations.js';
import { errnoOf, RegsweepError, usageError } from '../../util/errors.js';
import { requireRootOwned } from '../../util/root-owned.js';
import {
  isListType,
  isOptionName,
  OPTION_NAMES,
  type OptionName,
  optionSpec,
  variableOf,
} from '../args/option-table.js';

export interface RawValue {
  readonly value: string | boolean | readonly string[];
  readonly source: string;
}

export type Layer = ReadonlyMap<OptionName, RawValue>;

export interface SettingsFile {
  readonly layer: Layer;
  readonly bystanders: readonly Bystander[];
  readonly approval: ApprovalRule | undefined;
}

/**
 * @param argv options by name, undefined where they weren't given; where one that takes a single
 *   value was given again, the last one counts
 */
export function commandLineLayer(argv: Readonly<Record<string, unknown>>): Layer {
  const layer = new Map<OptionName, RawValue>();
  for (const name of OPTION_NAMES) {
    const value = argv[name];
    if (value === undefined) continue;
    const isList = isListType(optionSpec(name).type);
    const last: unknown = Array.isArray(value) && !isList ? value.at(-1) : value;
    layer.set(name, { value: rawOf(last), source: `--${name}` });
  }
  return layer;
}

export function environmentLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const layer = new Map<OptionName, RawValue>();
  for (const name of OPTION_NAMES) {
    const source = variableOf(name);
    const text = env[source];
    const { type } = optionSpec(name);
    if (text === undefined || (text === '' && type === 'flag')) continue;
    layer.set(name, { value: type === 'flag' ? flagOf(text, source) : text, source });
  }
  return layer;
}

/**
 * @param explicit the user named it, so it has to be there
 * @throws RegsweepError `usage` where the file can't be read or says what isn't known
 */
export async function fileLayer(path: string, explicit: boolean): Promise<SettingsFile> {
  const found = readOptional(path, explicit);
  if (found === undefined) return { layer: new Map(), bystanders: [], approval: undefined };
  // Loaded only where there is a file: the libraries behind it take longer than a small scan.
  const { validated } = await import('./settings-file.js');
  const settings = validated(path, found.text);
  const layer = new Map<OptionName, RawValue>();
  for (const [name, value] of Object.entries(settings)) {
    if (!isOptionName(name)) continue;
    layer.set(name, { value: placed(name, rawOf(value), path), source: `${path}: ${name}` });
  }
  const bystanders = settings.guard?.bystanders ?? [];
  // Who may write the file could otherwise talk the guard out of a refusal.
  if (bystanders.length > 0) {
    requireRootOwned(path, found, `settings file ${path} names guard.bystanders`);
  }
  const { approval } = settings;
  const rule =
    approval && (await import('../../app/approval/rule.js')).ruleOf(approval, path, found);
  return { layer, bystanders, approval: rule };
}

/** A relative path is relative to the file that names it. */
function placed(name: OptionName, value: RawValue['value'], path: string): RawValue['value'] {
  const isPath = optionSpec(name).isPath === true && typeof value === 'string';
  return isPath && value !== '' && value !== '-' ? resolve(dirname(path), value) : value;
}

interface Found {
  readonly text: string;
  /** Of the very file that was read, whatever bears its name by now. */
  readonly uid: number;
  readonly mode: number;
}

function readOptional(path: string, explicit: boolean): Found | undefined {
  try {
    const fd = openSync(path, 'r');
    try {
      const { uid, mode } = fstatSync(fd);
      return { text: readFileSync(fd, 'utf8'), uid, mode };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!explicit && errnoOf(error) === 'ENOENT') return undefined;
    throw new RegsweepError('usage', `settings file ${path}: ${(error as Error).message}`, {
      path,
      cause: error,
      remedy: explicit
        ? 'name a settings file that is there and can be read (--settings, REGSWEEP_SETTINGS)'
        : `make ${path} readable, or name another one with --settings`,
    });
  }
}

function rawOf(value: unknown): RawValue['value'] {
  if (typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(String) : String(value);
}

function flagOf(text: string, source: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw usageError(`${source}: "${text}" is neither true nor false`);
}
