/** The jq line of the documentation makes each line of the audit log one that stands alone. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needs } from '../harness/require.js';

const doc = readFileSync(new URL('../../docs/storage-layout.md', import.meta.url), 'utf8');

const LOG = [
  { at: '1', event: 'run-started', run: 'a' },
  { at: '2', event: 'batch', run: 'a', action: 'moved', items: 2, reason: 'removed with a tag' },
  { event: 'moved', kind: 'layer-link', digest: 'sha256:1' },
  { at: '3', event: 'command', command: 'sweep' },
  { event: 'moved', kind: 'blob', digest: 'sha256:1', reason: 'unreferenced' },
];

describe('a log shipper’s lines', needs('jq'), () => {
  it('have time, run and reason of their batch, also after another command’s line', () => {
    const filter = /jq -nc '([^']+)'/.exec(doc)![1]!;
    const input = LOG.map((line) => JSON.stringify(line)).join('\n');
    const out = execFileSync('jq', ['-nc', filter], { input, encoding: 'utf8' });
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const batch = { at: '2', run: 'a', reason: 'removed with a tag' };
    expect(lines).toEqual([
      LOG[0],
      LOG[1],
      { ...batch, ...LOG[2] },
      LOG[3],
      { ...batch, ...LOG[4] },
    ]);
  });

  it('the sample for Vector keeps the batch, too', () => {
    const sample = /\[transforms\.regsweep_items\][^`]*/.exec(doc)?.[0] ?? '';
    for (const field of ['at', 'run', 'reason'])
      expect(sample).toContain(`line.${field} = batch.${field}`);
  });
});
