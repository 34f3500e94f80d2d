/** What a documented line has to do when it is typed. */
import { expect } from 'vitest';
import type { ThrowawayHost } from '../../harness/throwaway-host.js';

export interface Row {
  /** As documented; several where they belong to one shell, apart by line breaks. */
  readonly line: string;
  /** Exit code; 0 by default. */
  readonly code?: number;
  /** In what it prints. */
  readonly says?: string | RegExp;
  /** At a terminal. */
  readonly answer?: string;
  readonly cwd?: string;
  /** Where a part can't be the same here: what is typed instead. */
  readonly typed?: (line: string, host: ThrowawayHost) => string;
  readonly before?: (host: ThrowawayHost) => Promise<unknown>;
}

export async function check(host: ThrowawayHost, row: Row): Promise<void> {
  await row.before?.(host);
  const { line, code = 0, says = '', answer, cwd } = row;
  const typed = row.typed?.(line, host) ?? line;
  const options = { ...(answer !== undefined && { answer }), ...(cwd !== undefined && { cwd }) };
  const result = await host.type(typed, options);
  const said = `${result.stdout}\n${result.stderr}`;
  const told = result.code === code ? '' : said;
  expect({ typed, code: result.code, told }).toEqual({ typed, code, told: '' });
  if (typeof says === 'string') expect(said).toContain(says);
  else expect(said).toMatch(says);
}
