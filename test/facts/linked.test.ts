/** Places that symbolic links lead to. */
import { describe, expect, it } from 'vitest';
import { SymlinkTargets } from '../../src/facts/tables/symlink-targets.js';

describe('a place that a link leads to', () => {
  const linked = new SymlinkTargets(['repositories/a/_layers', 'blobs/sha256/ab/x/data']);

  it.each([
    ['itself', 'repositories/a/_layers', true],
    ['what holds it', 'repositories/a', true],
    ['what lies in it', 'repositories/a/_layers/sha256/ff', true],
    ['a blob whose data it is', 'blobs/sha256/ab/x', true],
    ['a neighbour', 'repositories/a/_manifests', false],
    ['a longer name', 'repositories/a/_layers2', false],
    ['another blob', 'blobs/sha256/ab/y', false],
  ])('%s', (_, path, holds) => expect(linked.covers(path)).toBe(holds));
});
