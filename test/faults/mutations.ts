/** Mistakes that somebody could make in `src`, and the tests that must notice each. */

import { faults, type Mutation, vitest } from './checks.js';
import { APPROVAL_MUTATIONS } from './mutations-approval.js';
import { GUARD_MUTATIONS } from './mutations-guard.js';
import { IN_PLACE_MUTATIONS } from './mutations-in-place.js';
import { OUTPUT_MUTATIONS } from './mutations-output.js';
import { PLAN_MUTATIONS } from './mutations-plan.js';
import { POLICY_MUTATIONS } from './mutations-policy.js';
import { RECORD_MUTATIONS } from './mutations-records.js';

export type { Check, Mutation } from './checks.js';

const MARK = vitest('test/graph');
const FIELDS = vitest('test/facts/manifests.test.ts');
const FOLDERS = vitest('test/facts/real-disk.test.ts');
const SWEEP = vitest('test/sweep/hostile.test.ts');
const TABLE = vitest('test/guard/decide.test.ts');
const PRINTS = vitest('test/guard/fingerprint.test.ts');
const REDIS = vitest('test/e2e/redis.test.ts');
const LINKED = vitest('test/e2e/linked.test.ts');
const ENGINES = vitest('test/e2e/engines/registry.test.ts');
const VIEWS = vitest('test/e2e/views.test.ts');
const TRASH = vitest('test/e2e/trash-links.test.ts');
const NEEDS = vitest('test/app/quarantine-needs.test.ts');
const MODEL = vitest('test/model', { REGSWEEP_SEEDS: '60' });
const IMAGE = vitest('test/packaging/image.test.ts');
const BY_CONTENT = vitest('test/facts/by-content.test.ts');
const ERRNO = vitest('test/cli/errno.test.ts');
const AUDIT = vitest('test/sweep/audit.test.ts');
const IDENTITY = vitest('test/e2e/identity.test.ts');
const ATTRIBUTES = vitest('test/e2e/attributes.test.ts');
const ORDER = faults('order');
const KILLS = faults('kills', '--short');

const LINKS = vitest('test/cli/damage.test.ts');
const SIGNED = vitest('test/policy/orphans.test.ts');

export const MUTATIONS: readonly Mutation[] = [
  ...GUARD_MUTATIONS,
  ...OUTPUT_MUTATIONS,
  ...PLAN_MUTATIONS,
  ...POLICY_MUTATIONS,
  ...APPROVAL_MUTATIONS,
  ...IN_PLACE_MUTATIONS,
  ...RECORD_MUTATIONS,
  {
    what: 'a container that the tree is mounted into takes its view for that of the host',
    file: 'guard/host/visibility.ts',
    find: 'if (engineAround() === undefined) return [];',
    replace: 'if (engineAround() !== undefined) return [];',
    noticedBy: IMAGE,
  },
  {
    what: 'an empty layer link goes though an image needs the layer',
    file: 'facts/collect/bad-layer-links.ts',
    find: 'link.isBlank && !needed.has(link.node)',
    replace: 'link.isBlank',
    noticedBy: LINKS,
  },
  {
    what: 'a layer link that may name something goes as an empty one does',
    file: 'facts/collect/bad-layer-links.ts',
    find: 'link.isBlank && !needed',
    replace: '!needed',
    noticedBy: LINKS,
  },
  {
    what: 'signatures of an image that stays linked go',
    file: 'policy/removals/orphans.ts',
    find: 'if (position >= 0 && !isRemovedNow(index, position)) continue;',
    replace: '',
    noticedBy: SIGNED,
  },
  {
    what: 'what a bind mount in the tree shows again is taken',
    file: 'facts/read.ts',
    find: '(reader === undefined ? mountedTwice(tree.v2) : [])',
    replace: '[]',
    noticedBy: LINKED,
  },
  {
    what: 'a stopped container’s mounts inside the tree are not judged',
    file: 'guard/decide/decide-container.ts',
    find: 'const nested = container.nested.map(',
    replace: 'const nested = container.nested.slice(1).map(',
    noticedBy: ENGINES,
  },
  {
    what: 'a container that runs unseen is none',
    file: 'guard/decide/decide-container.ts',
    find: 'if (runs && !isSeenRunning(container, seen)) {',
    replace: 'if (runs && container.pid < 0) {',
    noticedBy: TABLE,
  },
  {
    what: 'what a registry has mounted inside the tree is not looked at',
    file: 'guard/host/mounts/nested-mounts.ts',
    find: 'if (isSame(mount.mountPoint, here)) continue;',
    replace: 'if (isSame(mount.mountPoint, here) || rest) continue;',
    noticedBy: VIEWS,
  },
  {
    what: 'what it had mounted is forgotten once it was stopped',
    file: 'guard/inspect.ts',
    find: 'remember(settings.memory?.views, ',
    replace: 'remember(undefined, ',
    noticedBy: VIEWS,
  },
  {
    what: 'a cache that nobody names counts as known',
    file: 'app/session/cache-invalidation.ts',
    find: 'if (isKnown) return;',
    replace: 'if (isKnown || what) return;',
    noticedBy: REDIS,
  },
  {
    what: 'the mark skips a manifest’s first reference',
    file: 'graph/mark/follow-references.ts',
    find: 'for (let e = start; e < end; e++) {',
    replace: 'for (let e = start + 1; e < end; e++) {',
    noticedBy: MARK,
  },
  {
    what: 'the mark skips it, as the model sees it',
    file: 'graph/mark/follow-references.ts',
    find: 'for (let e = start; e < end; e++) {',
    replace: 'for (let e = start + 1; e < end; e++) {',
    noticedBy: MODEL,
  },
  {
    what: 'a manifest’s own link is no root',
    file: 'graph/mark/mark.ts',
    find: 'visit(revisions.node[i]!);\n    visit(revisions.target[i]!);',
    replace: '',
    noticedBy: MARK,
  },
  {
    what: 'digests in unknown fields are no references',
    file: 'facts/manifest/references.ts',
    find: "else if (key !== 'subject' && !PLAIN_FIELDS.has(key)) found.addAll(value, true);",
    replace: '',
    noticedBy: FIELDS,
  },
  {
    what: 'a folder that can’t be listed is an empty one',
    file: 'facts/scan/context.ts',
    find: "seen.add({ code: 'unreadable-folder', ...where, detail: readErrorReason(error) });",
    replace: 'void error;',
    noticedBy: FOLDERS,
  },
  {
    what: 'the guard watches no longer where the tree changed around the stop',
    file: 'guard/clearance.ts',
    find: 'const isSame = earlier !== undefined && isUnchangedSince(earlier, before);',
    replace: 'const isSame = earlier !== undefined;',
    noticedBy: PRINTS,
  },
  {
    what: 'the look after the stop comes too soon after the one before it',
    file: 'guard/clearance.ts',
    find: 'const before = await look(earlier?.known, earlier);',
    replace: 'const before = await look(earlier?.known, undefined);',
    noticedBy: PRINTS,
  },
  {
    what: 'the guard ignores descriptors that are open for writing',
    file: 'guard/decide/decide.ts',
    find: '...seen.writers.map((writer) => judgeWriter(writer, seen)),',
    replace: '',
    noticedBy: TABLE,
  },
  {
    what: 'the guard ignores that it can’t see all',
    file: 'guard/decide/decide.ts',
    find: "...unlessRemote('view', seen.view, remote),",
    replace: '',
    noticedBy: TABLE,
  },
  {
    what: 'the result of a rename is not looked at',
    file: 'storage/writer/writer.ts',
    find: 'if (!sourceMissing || now?.ino !== expect.ino || now.dev !== expect.dev) {',
    replace: 'if (sourceMissing && now === undefined && expect.ino === -1) {',
    noticedBy: faults('lies'),
  },
  {
    what: 'a symbolic link among the parents is followed',
    file: 'storage/writer/folder-descriptors.ts',
    find: 'const fd = fs.openSync(path, FOLDER);',
    replace: 'const fd = fs.openSync(path, FOLDER & ~fs.constants.O_NOFOLLOW);',
    noticedBy: SWEEP,
  },
  {
    what: 'the journal is not fsynced',
    file: 'sweep/journal/writer.ts',
    find: 'fs.fsyncSync(this.fd);',
    replace: '',
    noticedBy: ORDER,
  },
  {
    what: 'items are renamed before their intents are written',
    file: 'sweep/run.ts',
    find: 'const unwritten = this.store.journal.tryCommit();\n    if (unwritten !== undefined || !(await this.confirm())) {',
    replace: 'const unwritten = undefined;\n    if (!(await this.confirm())) {',
    noticedBy: ORDER,
  },
  {
    what: 'the tree’s folders are not fsynced after the renames',
    file: 'sweep/items/move.ts',
    find: 'await store.tree.syncFolders(existing);',
    replace: '',
    noticedBy: ORDER,
  },
  {
    what: 'an error of fsync is swallowed',
    file: 'sweep/items/move.ts',
    find: '    return error as Error;\n  }\n}\n\n/**\n * Reads the folders',
    replace: '    return undefined;\n  }\n}\n\n/**\n * Reads the folders',
    noticedBy: faults('errors', '--case', 'sweep: fsync error=EIO'),
  },
  {
    what: 'an item is not looked at again before its rename',
    file: 'sweep/items/verify-unchanged.ts',
    find: 'const { path, kind } = item.action;\n  if (own.mounts',
    replace:
      'const { path, kind } = item.action;\n  if (path !== kind) return undefined;\n  if (own.mounts',
    noticedBy: SWEEP,
  },
  {
    what: 'a batch that was cut short is not settled',
    file: 'sweep/recover.ts',
    find: '  if (run.open === undefined) return {',
    replace: '  if (run.open === undefined || !run.torn) return {',
    noticedBy: KILLS,
  },
  {
    what: 'a purge ends what the tree refers to again',
    file: 'app/quarantine/purge/classify-items.ts',
    find: "else if (here === 'nothing' && byTree(part)) back.push({ item, path: part.path, file });",
    replace: '',
    noticedBy: TRASH,
  },
  {
    what: 'what kept runs need is known although a blob is stored nowhere',
    file: 'app/references/quarantined-manifests.ts',
    find: 'if (kind === undefined) return this.#isStored(node);',
    replace: 'if (kind === undefined) return true;',
    noticedBy: NEEDS,
  },
  {
    what: 'a blob that is no manifest by its first bytes is an image without references',
    file: 'app/references/quarantined-manifests.ts',
    find: "kind !== undefined && kind !== 'leaf'",
    replace: 'kind !== undefined',
    noticedBy: NEEDS,
  },
  {
    what: 'signatures of schema 1 are no references',
    file: 'facts/collect/by-content.ts',
    find: 'if (signature !== undefined) found.push(signature);',
    replace: 'if (signature !== undefined) continue;',
    noticedBy: BY_CONTENT,
  },
  {
    what: 'a subject that is named by sha512 is nobody’s',
    file: 'facts/collect/by-content.ts',
    find: 'for (const referrer of referrersBySha512.get(hex) ?? []) yield [node, referrer];',
    replace: 'void hex;',
    noticedBy: BY_CONTENT,
  },
  {
    what: 'a quota at its limit is an error without a name',
    file: 'util/errors.ts',
    find: "  122: ['EDQUOT', 'disk quota exceeded'],\n",
    replace: '',
    noticedBy: ERRNO,
  },
  {
    what: 'a file of the audit log that was taken out of the midst doesn’t show',
    file: 'sweep/state/audit-chain.ts',
    find: "this.#isFirst && record?.event === 'rotated'",
    replace: "record?.event === 'rotated'",
    noticedBy: AUDIT,
  },
  {
    what: 'a copy of a tree is the tree',
    file: 'sweep/state/identity.ts',
    find: 'if (binding.inode !== quick.inode || differs(binding.born, quick.born)) return false;',
    replace: '',
    noticedBy: IDENTITY,
  },
  {
    what: 'a clone of the disk is the tree',
    file: 'sweep/state/identity.ts',
    find: 'return !isElsewhere(id, binding, tree);',
    replace: 'return true;',
    noticedBy: IDENTITY,
  },
  {
    what: 'an emptied folder is removed and made again',
    file: 'sweep/items/move.ts',
    find: '  tree.move(path, trash, place, record);\n',
    replace: '  tree.rmdir(path);\n  return;\n',
    noticedBy: ATTRIBUTES,
  },
  {
    what: 'a command goes on though the answer was no',
    file: 'app/session/changing-run.ts',
    find: "if (!isAgreed) return { plan, ended: 'declined' };",
    replace: '',
    noticedBy: vitest('test/e2e/library.test.ts'),
  },
  {
    what: 'a signal does not end a run between batches',
    file: 'sweep/stop-on-signal.ts',
    find: 'return signal?.aborted === true;',
    replace: 'return signal?.aborted === undefined && signal !== undefined;',
    noticedBy: vitest('test/sweep/ending.test.ts'),
  },
  {
    what: 'a file that a command writes may be in the tree, if a symbolic link leads there',
    file: 'storage/outside-tree.ts',
    find: 'return realpathSync(absolute);',
    replace: 'return absolute;',
    noticedBy: vitest('test/cli/outside-tree.test.ts'),
  },
  {
    what: 'an item that changed during the scan goes',
    file: 'sweep/items/verify-unchanged.ts',
    find: "  if (item.changedDuringScan === true) return 'was modified during the scan';\n",
    replace: '',
    noticedBy: SWEEP,
  },
];
