/** Scans `_manifests/revisions/<alg>` of one repository. */
import { type Algorithm, type Digest, makeDigest } from '../../storage/digest.js';
import { revisionsPath } from '../../storage/layout.js';
import {
  type Names,
  noteIncompleteFolder,
  type ScanContext,
  ScanFindings,
  takePart,
  typeAt,
} from './context.js';
import { readLink } from './links.js';

export interface RevisionScan {
  readonly rows: readonly {
    readonly digest: Digest;
    readonly target: Digest;
    readonly pushed: number;
  }[];
  /** Digests found in damaged links. They are roots. */
  readonly guesses: readonly Digest[];
  /** Why everything in the repository is kept. */
  readonly damage: string | undefined;
  /** A symbolic link, or another filesystem or mount. */
  readonly isImmovable: boolean;
  readonly foreign: boolean;
  /** Entries left for other tasks. */
  readonly rest: readonly Names[];
  readonly seen: ScanFindings;
}

export function scanRevisions(
  context: ScanContext,
  repository: string,
  algorithm: Algorithm,
  part?: Names,
): RevisionScan {
  const seen = new ScanFindings();
  const parent = `${revisionsPath(repository)}/${algorithm}`;
  const { batch, rest, ...folder } = takePart(context, seen, parent, repository, part);
  const rows: RevisionScan['rows'][number][] = [];
  const guesses: Digest[] = [];
  let damage: string | undefined;
  let { isImmovable } = folder;
  let foreign = false;
  for (let i = 0; i < batch.names.length; i++) {
    const name = batch.names[i]!;
    const type = typeAt(batch, i);
    const path = `${parent}/${name}`;
    const digest = makeDigest(algorithm, name);
    if (digest === undefined || (type !== 'directory' && type !== 'symlink')) {
      seen.add({ code: 'stray-entry', path, repository });
      foreign = true;
      continue;
    }
    isImmovable ||= type === 'symlink';
    const link = readLink(context, path);
    if (link.state === 'missing') {
      const stray = { code: 'stray-entry', path, repository, digest } as const;
      foreign = !noteIncompleteFolder(context, seen, path, stray) || foreign;
      continue;
    }
    if (link.state === 'bad') {
      seen.add({
        code: 'unreadable-link',
        path: `${path}/link`,
        repository,
        digest,
        detail: link.reason,
      });
      damage ??= `${path}/link ${link.reason}`;
      guesses.push(...link.guesses);
      rows.push({ digest, target: digest, pushed: link.changed });
      continue;
    }
    isImmovable ||= link.isImmovable;
    if (link.target !== digest) {
      const detail = `the link contains ${link.target}`;
      seen.add({ code: 'link-mismatch', path: `${path}/link`, repository, digest, detail });
    }
    rows.push({ digest, target: link.target, pushed: link.changed });
  }
  return { rows, guesses, damage, isImmovable, foreign, rest, seen };
}
