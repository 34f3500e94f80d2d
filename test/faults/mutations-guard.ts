/** Mistakes in how the guard asks registries, and looks for others that use the tree. */
import { type Mutation, vitest } from './checks.js';

const CONFIG = vitest('test/registry-config');
const PARSERS = vitest('test/guard/parsers.test.ts');
const ASKED = vitest('test/guard/real-registry.test.ts');
const USERS = vitest('test/e2e/guard-users.test.ts');
const TABLE = vitest('test/guard/decide.test.ts');

export const GUARD_MUTATIONS: readonly Mutation[] = [
  {
    what: 'a registry counts as another tree’s by its configuration alone',
    file: 'guard/decide/decide-registry.ts',
    find: "if (content?.state !== 'elsewhere') return judgeUnasked(registry);",
    replace: '',
    noticedBy: TABLE,
  },
  {
    what: 'a registry that has what the tree has is taken for another tree’s',
    file: 'guard/registries/ask-content.ts',
    find: "if (having !== undefined) return { state: 'has', detail: having.detail };",
    replace: '',
    noticedBy: ASKED,
  },
  {
    what: 'a copy need not show that it lacks the nonce',
    file: 'guard/registries/registries.ts',
    find: 'const isCopy = copies.has(processKey(info)) &&',
    replace: 'const isCopy =',
    noticedBy: ASKED,
  },
  {
    what: 'an explicit key of YAML wins over a later merge',
    file: 'registry-config/go-yaml.ts',
    find: 'Object.assign(result, ...this.#merged(value));',
    replace: 'Object.assign(result, ...this.#merged(value), { ...result });',
    noticedBy: CONFIG,
  },
  {
    what: 'a registry’s variables count in upper case alone',
    file: 'registry-config/process-config.ts',
    find: '/^REGISTRY_/i.test(name) ? name.toUpperCase() : name;',
    replace: 'name;',
    noticedBy: CONFIG,
  },
  {
    what: 'of a variable that stands twice, the last one counts',
    file: 'guard/registries/detect-registry-process.ts',
    find: '.map(pairOf).reverse()',
    replace: '.map(pairOf)',
    noticedBy: PARSERS,
  },
  {
    what: 'a folder that was exchanged above the configuration is no change of it',
    file: 'guard/host/resolve-in-root.ts',
    find: 'if (!stat.isSymbolicLink()) return { target: undefined, exchangedMs };',
    replace: 'if (!stat.isSymbolicLink()) return { target: undefined, exchangedMs: 0 };',
    noticedBy: PARSERS,
  },
  {
    what: 'a clock that was set forward hides an edit of the configuration',
    file: 'guard/registries/process-config.ts',
    find: 'Math.min(startedAtMs, procFolderMs(proc, info))',
    replace: 'startedAtMs',
    noticedBy: PARSERS,
  },
  {
    what: 'a process that listens and names the tree is no obstacle',
    file: 'guard/decide/decide.ts',
    find: '    ...seen.users.map((user) => judgeUser(user, seen)),\n',
    replace: '',
    noticedBy: TABLE,
  },
  {
    what: 'a registry’s executable may be a bystander',
    file: 'guard/decide/decide-user.ts',
    find: "process.executable === 'plain' &&",
    replace: '',
    noticedBy: TABLE,
  },
  {
    what: 'a server beside a read-only registry passes as part of its container',
    file: 'guard/host/tree-users.ts',
    find: 'return pids.some((pid) => registries.has(pid)) ? [] : pids;',
    replace: 'return registries.size < 0 ? [] : pids;',
    noticedBy: vitest('test/guard/collectors.test.ts'),
  },
  {
    what: 'a process that works in the tree doesn’t name it',
    file: 'guard/host/named-paths.ts',
    find: "  if (isSeen(cwd) && leadsIn(info, cwd)) return { path: cwd, where: 'its working directory' };\n",
    replace: '',
    noticedBy: USERS,
  },
];
