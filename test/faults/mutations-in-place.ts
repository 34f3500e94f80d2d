/** Mistakes in the deletion of files that were put aside in their own folders. */

import { type Mutation, vitest } from './checks.js';

const FAULTS = vitest('test/sweep/in-place-faults.test.ts');
const IN_PLACE = vitest('test/sweep/in-place.test.ts');

const LOST = vitest('test/e2e/put-aside.test.ts');

export const IN_PLACE_MUTATIONS: readonly Mutation[] = [
  {
    what: 'a run whose files are still aside is not recovered, since it has ended',
    file: 'sweep/recover.ts',
    find: 'run.header.inPlace === true;',
    replace: 'false;',
    noticedBy: FAULTS,
  },
  {
    what: 'a recovery that leaves a file aside counts as done, and the file as restored',
    file: 'sweep/in-place/settle.ts',
    find: 'stuck.push(...back.stuck);',
    replace: 'for (const item of run.items(left)) back.restored.push(item);',
    noticedBy: FAULTS,
  },
  {
    what: 'a recovery deletes items whose deletion was not begun',
    file: 'sweep/in-place/settle.ts',
    find: 'return n.slice(0, begun);',
    replace: 'return n;',
    noticedBy: FAULTS,
  },
  {
    what: 'without a free inode for a second name, a file is not renamed back',
    file: 'sweep/in-place/take-back.ts',
    find: 'if (!isNoSpace(error) || file === undefined) throw error;',
    replace: 'throw error;',
    noticedBy: FAULTS,
  },
  {
    what: 'files that were put aside replace newer ones',
    file: 'sweep/in-place/take-back.ts',
    find: 'if (!sameContent(tree, tree, aside, path)) {',
    replace: 'if (sameContent(tree, tree, aside, path)) {',
    noticedBy: IN_PLACE,
  },
  {
    what: 'a file that was put aside is not found without its journal',
    file: 'facts/scan/context.ts',
    find: '} else if (asideSuffixIn(name) !== undefined) {',
    replace: '} else if (asideSuffixIn(name) === undefined) {',
    noticedBy: LOST,
  },
  {
    what: 'a run in place that ends early leaves files aside',
    file: 'sweep/execute.ts',
    find: '  else await execution.takeBack();\n',
    replace: '',
    noticedBy: IN_PLACE,
  },
  {
    what: 'a deletion in place deletes files that came meanwhile too',
    file: 'sweep/in-place/drop-aside.ts',
    find: 'stat !== undefined && name.endsWith(suffix)',
    replace: 'stat !== undefined',
    noticedBy: IN_PLACE,
  },
  {
    what: 'files that were put aside count as changed by somebody else',
    file: 'guard/clearance.ts',
    find: '  for (const file of aside) addLanes(expected, entryHash(file), 1);\n',
    replace: '',
    noticedBy: vitest('test/e2e/full-disk.test.ts'),
  },
  {
    what: 'a renamed file of a tag’s history is not found',
    file: 'facts/scan/tags.ts',
    find: 'if (isIncomplete) noteFilePutAside(context, seen, folder, repository);',
    replace: '',
    noticedBy: vitest('test/facts/put-aside.test.ts'),
  },
  {
    what: 'a renamed file of an upload is not found',
    file: 'facts/scan/uploads.ts',
    find: 'if (asideSuffixIn(entry.name) !== undefined) total.aside.push(below);',
    replace: '',
    noticedBy: vitest('test/facts/put-aside.test.ts'),
  },
  {
    what: 'a renamed link of a signature is not found',
    file: 'facts/collect/by-content.ts',
    find: 'if (aside === undefined) continue;',
    replace: 'continue;',
    noticedBy: vitest('test/facts/put-aside.test.ts'),
  },
];
