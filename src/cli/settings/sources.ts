/**
 * The sources of settings, in order of precedence: command line, `REGSWEEP_*`, settings file. Each
 * is a layer of raw values, so that messages can name the source of a value.
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
 * @param argv options by name, undefined if missing; the last value counts if an option that takes
 *   one value was repeated
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
 * @param explicit the user gave the path, so the file must exist
 * @throws RegsweepError `usage` if the file can't be read, is invalid, or names bystanders while
 *   other users than root may write to it
 */
export async function fileLayer(path: string, explicit: boolean): Promise<SettingsFile> {
  const found = readOptional(path, explicit);
  if (found === undefined) return { layer: new Map(), bystanders: [], approval: undefined };
  // Loaded only if there is a file, since loading the libraries takes longer than a small scan.
  const { validated } = await import('./settings-file.js');
  const settings = validated(path, found.text);
  const layer = new Map<OptionName, RawValue>();
  for (const [name, value] of Object.entries(settings)) {
    if (!isOptionName(name)) continue;
    layer.set(name, { value: resolvedPath(name, rawOf(value), path), source: `${path}: ${name}` });
  }
  const bystanders = settings.guard?.bystanders ?? [];
  // Bystanders weaken the guard, so only root may name them.
  if (bystanders.length > 0) {
    requireRootOwned(path, found, `settings file ${path} names guard.bystanders`);
  }
  const { approval } = settings;
  const rule =
    approval && (await import('../../app/approval/rule.js')).ruleOf(approval, path, found);
  return { layer, bystanders, approval: rule };
}

/** Resolves a relative path against the folder of the settings file. */
function resolvedPath(name: OptionName, value: RawValue['value'], path: string): RawValue['value'] {
  const isPath = optionSpec(name).isPath === true && typeof value === 'string';
  return isPath && value !== '' && value !== '-' ? resolve(dirname(path), value) : value;
}

interface Found {
  readonly text: string;
  /** Owner and mode of the opened file, which may have been replaced since. */
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
        ? 'give an existing, readable settings file (--settings, REGSWEEP_SETTINGS)'
        : `make ${path} readable, or give another one with --settings`,
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
