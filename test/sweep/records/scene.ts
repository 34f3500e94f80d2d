/** A removal of every kind of item, with all that a plan tells of each, and a name that is no UTF-8. */
import path from 'node:path';
import { ACTION_KINDS } from '../../../src/graph/action-kinds.js';
import type { Action, PlannedItem } from '../../../src/plan/types.js';
import {
  blobPath,
  layerPath,
  linkOf,
  repositoryPath,
  revisionPath,
  tagHistoryPath,
  tagPath,
  uploadPath,
} from '../../../src/storage/layout.js';
import type { StorageTree } from '../../../src/storage/port.js';
import {
  AuditLog,
  type ExecuteInput,
  execute,
  type SweepResult,
  type SweepState,
} from '../../../src/sweep/index.js';
import { clearanceFor, digestOf, push, see, write } from '../helpers.js';

const GONE = 'team/gone';
const ODD = 'team/b\udcff';
const BLOB = digestOf('layer two');
const MANIFEST = digestOf('manifest of layer two');
const SINCE = '2026-01-02T03:04:05Z';

export function fillTree(tree: StorageTree): void {
  push(tree, 'team/app', 'v1', 'layer one');
  push(tree, GONE, 'v1', 'layer two');
  write(tree, linkOf(tagHistoryPath(GONE, 'v2', MANIFEST)), MANIFEST);
  write(tree, linkOf(layerPath(ODD, BLOB)), BLOB);
  write(tree, `${uploadPath(GONE, 'u-1')}/data`, 'half a layer');
}

const ACTIONS: readonly Action[] = [
  {
    kind: 'tag',
    path: tagPath(GONE, 'v1'),
    repository: GONE,
    tag: 'v1',
    digest: MANIFEST,
    reason: 'named: team/gone',
  },
  {
    kind: 'tag-history',
    path: tagHistoryPath(GONE, 'v2', MANIFEST),
    repository: GONE,
    tag: 'v2',
    digest: MANIFEST,
    reason: 'the repository no longer links this manifest',
  },
  {
    kind: 'revision',
    path: revisionPath(GONE, MANIFEST),
    repository: GONE,
    digest: MANIFEST,
    reason: `untagged since ${SINCE}`,
  },
  ...[GONE, ODD].map((repository): Action => {
    const reason = 'its blob is removed';
    return {
      kind: 'layer-link',
      path: layerPath(repository, BLOB),
      repository,
      digest: BLOB,
      reason,
    };
  }),
  {
    kind: 'upload',
    path: uploadPath(GONE, 'u-1'),
    repository: GONE,
    bytes: 12,
    reason: `inactive since ${SINCE}`,
  },
  ...[MANIFEST, BLOB].map((digest): Action => {
    const reason = `unreferenced, unchanged since ${SINCE}`;
    return { kind: 'blob', path: blobPath(digest), digest, bytes: 21, reason };
  }),
  ...[MANIFEST, BLOB].map((digest): Action => {
    return { kind: 'empty-directory', path: path.dirname(blobPath(digest)), reason: 'empty' };
  }),
  { kind: 'repository', path: repositoryPath(GONE), reason: `empty since ${SINCE}` },
];

export const removal = (tree: StorageTree): PlannedItem[] =>
  ACTIONS.map((action) => ({ action, seen: see(tree, action.path) })).sort(
    (a, b) => ACTION_KINDS.indexOf(a.action.kind) - ACTION_KINDS.indexOf(b.action.kind),
  );

/** All of it, with the audit log. */
export async function sweepAll(
  tree: StorageTree,
  state: SweepState,
  over: Partial<ExecuteInput> = {},
): Promise<SweepResult> {
  const audit = new AuditLog(state.auditPath, state.auditAnchorPath);
  try {
    return await execute({
      tree,
      state,
      clearance: clearanceFor(tree).clearance,
      items: removal(tree),
      command: 'rm',
      runId: 'run-1',
      planId: 'plan-1',
      options: { quarantine: true, batchSize: 3 },
      audit,
      ...over,
    });
  } finally {
    audit.anchor();
    audit.close();
  }
}
