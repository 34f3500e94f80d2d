/** Mistakes in the list of actions, and in the file that it is written to. */
import { type Mutation, vitest } from './checks.js';

const EMPTY = vitest('test/cli/previews.test.ts');
const FIXED = vitest('test/plan/immutable-items.test.ts');
const FOLDERS = vitest('test/facts/real-disk.test.ts');
const LINKED = vitest('test/e2e/linked.test.ts');
const PLAN_FILE = vitest('test/plan/codec.test.ts');

export const PLAN_MUTATIONS: readonly Mutation[] = [
  {
    what: 'a tree without any manifest goes without being asked for',
    file: 'plan/check.ts',
    find: 'hasNoImages(facts) && limits.allowEmptyTree === true',
    replace: 'hasNoImages(facts)',
    noticedBy: EMPTY,
  },
  {
    what: 'an append-only file is planned for removal',
    file: 'app/plan/prepare/immutable-items.ts',
    find: 'const SOME_FIXED = /^[^ \\n]*[ai]/m;',
    replace: 'const SOME_FIXED = /^[^ \\n]*i/m;',
    noticedBy: FIXED,
  },
  {
    what: 'a path whose attributes are not reported has none',
    file: 'app/plan/prepare/immutable-items.ts',
    find: 'return lines === count && !SOME_FIXED',
    replace: 'return lines <= count && !SOME_FIXED',
    noticedBy: FIXED,
  },
  {
    what: 'an item under another name goes where nothing else stays',
    file: 'app/scan/mark-with-pins.ts',
    find: 'if (stays === undefined && facts.linked.isEmpty) return',
    replace: 'if (stays === undefined) return',
    noticedBy: LINKED,
  },
  {
    what: 'a plan file is written though not everything was seen',
    file: 'app/plan/plan.ts',
    find: '  checkView(facts, actions);\n',
    replace: '',
    noticedBy: EMPTY,
  },
  {
    what: 'a repository of which a part can’t be read is dead',
    file: 'plan/actions/removal-rules.ts',
    find: '    !repository.unseen &&\n',
    replace: '',
    noticedBy: FOLDERS,
  },
  {
    what: 'an action of a plan file may lead out of the tree',
    file: 'plan/file/action-paths.ts',
    find: "return parts.every((part) => part !== '' && part !== '.' && part !== '..');",
    replace: 'return true;',
    noticedBy: PLAN_FILE,
  },
];
