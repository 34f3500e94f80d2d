/** Scans `_manifests/revisions/<alg>` of one repository. */
import { type Algorithm, type Digest, makeDigest } from '../../storage/digest.js';
import { revisionsPath } from '../../storage/layout.js';
import {
  inParts,
  isBeyond,
  listNamesOf,
  type Names,
  noteHollow,
  type ScanContext,
  ScanFindings,
  typeAt,
} from './context.js';
import { readLink } from './links.js';

export interface RevisionScan {
  readonly rows: readonly {
    readonly digest: Digest;
    readonly target: Digest;
    readonly pushed: number;
  }[];
  /** Digests made out in damaged links: roots too. */
  readonly guesses: readonly Digest[];
  /** Why the repository is kept whole. */
  readonly damage: string | undefined;
  /** Something in it must not be moved, or isn't understood. */
  readonly fixed: boolean;
  readonly foreign: boolean;
  /** Entries that are left for other tasks. */
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
  const listing = part === undefined ? listNamesOf(context, seen, parent, repository) : undefined;
  const { mine, rest } = inParts(part ?? listing);
  const rows: RevisionScan['rows'][number][] = [];
  const guesses: Digest[] = [];
  let damage: string | undefined;
  let fixed =
    isBeyond(context, parent) || (listing !== undefined && listing.stat.dev !== context.device);
  let foreign = false;
  for (let i = 0; i < mine.names.length; i++) {
    const name = mine.names[i]!;
    const type = typeAt(mine, i);
    const path = `${parent}/${name}`;
    const digest = makeDigest(algorithm, name);
    if (digest === undefined || (type !== 'directory' && type !== 'symlink')) {
      seen.add({ code: 'stray-entry', path, repository });
      foreign = true;
      continue;
    }
    fixed ||= type === 'symlink';
    const link = readLink(context, path);
    if (link.state === 'missing') {
      const stray = { code: 'stray-entry', path, repository, digest } as const;
      foreign = !noteHollow(context, seen, path, stray) || foreign;
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
    fixed ||= link.fixed;
    if (link.target !== digest) {
      const detail = `the link says ${link.target}`;
      seen.add({ code: 'link-mismatch', path: `${path}/link`, repository, digest, detail });
    }
    rows.push({ digest, target: link.target, pushed: link.changed });
  }
  return { rows, guesses, damage, fixed, foreign, rest, seen };
}
