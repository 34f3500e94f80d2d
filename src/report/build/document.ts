/** The document of `--format json`, for a report. */
import type { Report } from '../model/model.js';
import { viewedDocument } from './view.js';

export function documentOf(report: Report): Readonly<Record<string, unknown>> {
  const shown: Report & { readonly view?: unknown } =
    report.kind === 'analyze' ? { kind: report.kind, ...viewedDocument(report) } : report;
  const { kind: _, view: __, ...document } = shown;
  return document;
}

/** The same report with arrays in place of iterables. */
export type Plain<R> = { readonly [K in keyof R]: PlainField<R[K]> };

type PlainField<T> = T extends string ? T : T extends Iterable<infer I> ? readonly I[] : T;

/** @returns a plain value; `JSON.stringify` of it is what `--format json` prints */
export function plainDocument<R extends Report>(report: R): Plain<Omit<R, 'kind' | 'view'>> {
  const entries = Object.entries(documentOf(report)).map(([name, value]) => [
    name,
    isIterable(value) ? [...value] : value,
  ]);
  return Object.fromEntries(entries);
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
