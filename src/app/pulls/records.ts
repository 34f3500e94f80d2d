/**
 * The last pull by repository, tag and digest: `<state>/pulls.json`. Its size is limited: if it is
 * full, the oldest records are dropped, and `since` moves forward.
 */
import fs from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { errnoOf, RegsweepError } from '../../util/errors.js';
import type { Pull } from './log-line.js';

/** The longest gap between requests that still counts as covered, such as a weekend. Seconds. */
export const LONGEST_SILENCE = 3 * 86_400;

const MOST_RECORDS = 200_000;

const schema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Periods without a longer gap between requests, sorted. */
  covered: z.array(z.tuple([z.number(), z.number()])),
  /** Pulls before this time may have been dropped. */
  forgottenBefore: z.number(),
  pulls: z.record(z.string(), z.record(z.string(), z.number())),
});
type Content = z.infer<typeof schema>;

export const pullsFile = (stateBase: string): string => `${stateBase}/pulls.json`;

export class PullRecords {
  #covered: [number, number][] = [];
  #current: [number, number] | undefined;
  #forgottenBefore = 0;
  readonly #pulls = new Map<string, Map<string, number>>();

  /** @throws RegsweepError `failed` if the file exists and can't be read */
  static read(path: string): PullRecords | undefined {
    let text: string;
    try {
      // Without O_NONBLOCK, opening a pipe waits for a writer.
      const flag = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
      text = fs.readFileSync(path, { encoding: 'utf8', flag } as { encoding: 'utf8' });
    } catch (cause) {
      if (errnoOf(cause) === 'ENOENT') return undefined;
      throw damaged(path, cause);
    }
    try {
      return PullRecords.#from(schema.parse(JSON.parse(text)));
    } catch (cause) {
      throw damaged(path, cause);
    }
  }

  static #from({ covered, forgottenBefore, pulls }: Content): PullRecords {
    const records = new PullRecords();
    records.#covered = covered;
    records.#forgottenBefore = forgottenBefore;
    for (const [repository, references] of Object.entries(pulls)) {
      records.#pulls.set(repository, new Map(Object.entries(references)));
    }
    return records;
  }

  /** A request to the registry's API was logged at this time. @param at seconds since 1970 */
  cover(time: number): void {
    const current = this.#current;
    const isNear =
      current !== undefined &&
      time >= current[0] - LONGEST_SILENCE &&
      time <= current[1] + LONGEST_SILENCE;
    if (isNear) {
      current[0] = Math.min(current[0], time);
      current[1] = Math.max(current[1], time);
      return;
    }
    this.#current = [time, time];
    this.#covered.push(this.#current);
  }

  add({ repository, reference, time }: Pull): void {
    const references = this.#pulls.get(repository) ?? new Map<string, number>();
    this.#pulls.set(repository, references);
    references.set(reference, Math.max(time, references.get(reference) ?? 0));
  }

  /** Seconds since 1970; 0 if there is none. */
  last(repository: string, reference: string): number {
    return this.#pulls.get(repository)?.get(reference) ?? 0;
  }

  get repositories(): readonly string[] {
    return [...this.#pulls.keys()].sort();
  }

  get count(): number {
    return [...this.#pulls.values()].reduce((sum, { size }) => sum + size, 0);
  }

  referencesOf(repository: string): ReadonlyMap<string, number> {
    return this.#pulls.get(repository) ?? new Map();
  }

  covered(): readonly (readonly [number, number])[] {
    const merged: [number, number][] = [];
    for (const [from, to] of [...this.#covered].sort((a, b) => a[0] - b[0])) {
      const last = merged.at(-1);
      if (last !== undefined && from <= last[1] + LONGEST_SILENCE) last[1] = Math.max(last[1], to);
      else merged.push([from, to]);
    }
    return merged;
  }

  /**
   * Every pull from this time until now is recorded; undefined if the records ended too long ago.
   */
  since(now: number): number | undefined {
    const [from, to] = this.covered().at(-1) ?? [];
    if (from === undefined || to === undefined || now - to > LONGEST_SILENCE) return undefined;
    return Math.max(from, this.#forgottenBefore);
  }

  /** @throws system errors */
  write(path: string, most = MOST_RECORDS): void {
    this.#forget(most);
    const content: Content = {
      schemaVersion: 1,
      covered: this.covered().map(([from, to]) => [from, to]),
      forgottenBefore: this.#forgottenBefore,
      pulls: Object.fromEntries(
        this.repositories.map((name) => [name, Object.fromEntries(this.referencesOf(name))]),
      ),
    };
    writeFileAtomic.sync(path, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  }

  #forget(most: number): void {
    const excess = this.count - most;
    if (excess <= 0) return;
    const times = [...this.#pulls.values()].flatMap((references) => [...references.values()]);
    const limit = times.sort((a, b) => a - b)[excess - 1]!;
    this.#forgottenBefore = Math.max(this.#forgottenBefore, limit);
    for (const [repository, references] of this.#pulls) {
      for (const [reference, time] of references) if (time <= limit) references.delete(reference);
      if (references.size === 0) this.#pulls.delete(repository);
    }
  }
}

const damaged = (path: string, cause: unknown): RegsweepError =>
  new RegsweepError('failed', `the records of pulls can't be read: ${(cause as Error).message}`, {
    path,
    cause,
    remedy: `move ${path} away, and import the logs again: regsweep pulls import LOG...`,
  });
