/**
 * Problems and leftovers that the scan found. Each code is defined once, with its severity, message
 * and remedy. A finding is a code with a path.
 */
import type { Digest } from '../storage/digest.js';

/**
 * - `unsafe`: references may be missing from the scan, so no blob may be removed.
 * - `damaged`: an image, or a part of one, is broken.
 * - `debris`: a leftover that `tidy` or `sweep` can remove safely.
 * - `info`: no action is needed.
 */
export type Severity = 'unsafe' | 'damaged' | 'debris' | 'info';

interface Definition {
  readonly severity: Severity;
  readonly message: string;
  readonly remedy: string;
}

const define = (severity: Severity, message: string, remedy: string): Definition => ({
  severity,
  message,
  remedy,
});

export const FINDINGS = {
  'unreadable-folder': define(
    'unsafe',
    'a folder could not be listed, so references in it are unknown',
    'run as root, and repair the folder or its permissions; until then no blob is removed',
  ),
  'dangling-symlink': define(
    'unsafe',
    'a symbolic link in place of a folder is broken, so references behind it are unknown',
    'mount or restore what it points to, or remove the link',
  ),
  'listing-contradiction': define(
    'unsafe',
    'a folder lists fewer subfolders than its link count says it has',
    'check the disk (dmesg, fsck); until then no blob is removed',
  ),
  'file-put-aside': define(
    'unsafe',
    'an interrupted sweep --delete has renamed a file here, so references in it are unknown',
    'regsweep trash restore renames it back (on a full disk with --state-dir on another disk)',
  ),
  'symlink-loop': define(
    'info',
    'a symbolic link forms a loop; it was not followed',
    'remove the link',
  ),
  'unreadable-link': define(
    'damaged',
    'a link file is unreadable or invalid; everything in its repository is kept',
    'push or delete the tag or manifest again, or restore the file from a backup',
  ),
  'unreadable-manifest': define(
    'damaged',
    'a manifest is unreadable, or its content does not match its digest; everything in the repositories that link it is kept',
    'push the image again, or delete the manifest (regsweep rm, or the API)',
  ),
  'corrupt-blob': define(
    'damaged',
    'a blob’s content does not match its digest: images that use it cannot be pulled',
    'restore the file from a backup, or remove it and push one of its images again',
  ),
  'unreadable-blob': define(
    'damaged',
    'a blob could not be read completely',
    'run as root; for an I/O error check the disk (dmesg, smartctl), then push one of its images again',
  ),
  'missing-manifest': define(
    'damaged',
    'a manifest is linked but its blob is missing; everything in the repositories that link it is kept',
    'push the image again, or delete the manifest (regsweep rm, or the API)',
  ),
  'missing-blob': define(
    'damaged',
    'a manifest refers to a missing blob: the image cannot be pulled',
    'push the image again, or delete it',
  ),
  'missing-layer-link': define(
    'damaged',
    'a tagged image needs a layer or config that is not linked in its repository: the registry does not serve it from there',
    'regsweep trash restore, if the link lies in quarantine; otherwise push the image again',
  ),
  'missing-child': define(
    'info',
    'an index names a manifest that is missing and not linked (a sparse index)',
    'no action, if only some platforms were copied; otherwise push the image again',
  ),
  'link-mismatch': define(
    'damaged',
    'a link names another digest than its path; both are kept',
    'push the image again',
  ),
  'tag-without-revision': define(
    'damaged',
    'a tag points to a manifest that is not linked in its repository: pulling the tag fails, and the registry’s own garbage collector would delete the image',
    'push the image again, or delete the tag',
  ),
  'tag-without-current': define(
    'damaged',
    'a tag has a history but no current link; everything in its repository is kept',
    'push the tag again, or remove it (regsweep rm)',
  ),
  'not-a-file': define(
    'damaged',
    'a file is expected here, but this is not a regular file',
    'inspect it, and move it out of the tree',
  ),
  'bad-layer-link': define(
    'damaged',
    'a layer link does not contain a digest, and an image needs the layer: it cannot be pulled',
    'push the image again, or remove it: regsweep rm REPOSITORY:TAG',
  ),
  'unneeded-layer-link': define(
    'debris',
    'a layer link is empty, and no manifest of its repository needs the layer; everything in the repository is kept until the link is removed',
    'regsweep tidy',
  ),
  'stray-entry': define(
    'info',
    'an entry is not part of the registry’s layout; it is not changed',
    'if it is not needed, move it out of the tree',
  ),
  'stray-underscore-file': define(
    'damaged',
    'a file whose name begins with _ lies among the repositories: the registry’s own garbage collector stops there and then deletes every image',
    'remove the file before the registry’s own garbage collector runs',
  ),
  'unknown-algorithm': define(
    'info',
    'a folder for an unsupported digest algorithm; it is not changed',
    'no action needed',
  ),
  symlinked: define(
    'info',
    'a symbolic link was followed; nothing behind it is ever removed',
    'to sweep it too, move its target back into the tree, or move the complete root there',
  ),
  'other-filesystem': define(
    'info',
    'part of the tree lies on another filesystem or mount; nothing there is removed',
    'to sweep it too, move it back into the tree, or move the complete root to that filesystem',
  ),
  'immovable-repository': define(
    'info',
    'something in a repository is behind a symbolic link or on another filesystem; nothing of the repository is removed',
    'to sweep it too, move what lies elsewhere back into the repository’s folder',
  ),
  'blob-without-data': define(
    'info',
    'a blob’s folder contains files but no data',
    'inspect it; it may be an interrupted upload',
  ),
  'empty-folder': define(
    'debris',
    'an empty folder that the registry does not need',
    'regsweep tidy',
  ),
  'dangling-layer-link': define(
    'debris',
    'a layer link whose blob is not on the disk',
    'regsweep tidy',
  ),
  'dangling-tag-history': define(
    'debris',
    'a tag’s history names a manifest that is no longer linked',
    'regsweep tidy',
  ),
  'dead-repository': define(
    'debris',
    'empty repository, still listed in the catalog',
    'regsweep tidy',
  ),
  'stale-upload': define('debris', 'an abandoned upload', 'regsweep sweep'),
  'orphaned-signature': define(
    'debris',
    'a signature, attestation or SBOM whose image was deleted',
    'regsweep sweep --orphan-signatures',
  ),
  'tagless-repository': define(
    'info',
    'a repository has manifests but no tags; --delete-untagged removes nothing from it',
    'to remove its manifests too, add --allow-tagless',
  ),
  'equal-ctimes': define(
    'info',
    'most blobs share one change time (a chown at each start, or a restored backup), so their age is unknown',
    'to use modification times only, add --age-by mtime',
  ),
  'equal-mtimes': define(
    'info',
    'most tags share one modification time (a restored backup), so their push time is unknown',
    'if the times are right, add --trust-mtimes',
  ),
  'short-pull-records': define(
    'info',
    'the policy depends on last pulls, but the records cover a shorter time; the images concerned are kept',
    'import older and newer access logs: regsweep pulls import LOG...',
  ),
  unmounted: define(
    'unsafe',
    'fstab or a mount unit names a folder of the tree that is not mounted now',
    'mount it, so that its images are counted',
  ),
  'foreign-metadata': define(
    'unsafe',
    'another system holds metadata of this registry, so its links do not show what is in use',
    'use that system’s own garbage collection',
  ),
} as const satisfies Record<string, Definition>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly path: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** Details of this case, if the code's message does not say enough. */
  readonly detail?: string;
  /** Commands that fix it, one per line, ready to paste. */
  readonly command?: string;
}

/**
 * Counts all findings, and keeps those whose paths sort first. So two scans of the same tree report
 * the same samples, in whatever order the threads finish.
 */
export class FindingLog {
  readonly #counts = new Map<FindingCode, number>();
  readonly #samples = new Map<FindingCode, Finding[]>();

  private readonly keep: number;

  /** @param keep number of findings kept for each code, at least 1; Infinity for `check` */
  constructor(keep: number) {
    this.keep = Math.max(1, keep);
  }

  add(finding: Finding): void {
    const { code } = finding;
    this.#counts.set(code, this.count(code) + 1);
    const samples = this.#samples.get(code) ?? [];
    this.#samples.set(code, samples);
    samples.push(finding);
    if (samples.length >= 2 * this.keep + 16) this.#trim(code);
  }

  #trim(code: FindingCode): Finding[] {
    const samples = this.#samples.get(code) ?? [];
    samples.sort(byPath);
    if (samples.length > this.keep) samples.length = this.keep;
    return samples;
  }

  count(code: FindingCode): number {
    return this.#counts.get(code) ?? 0;
  }

  codes(): FindingCode[] {
    return (Object.keys(FINDINGS) as FindingCode[]).filter((code) => this.count(code) > 0);
  }

  samples(code: FindingCode): readonly Finding[] {
    return this.#trim(code);
  }

  /** Replaces the samples of a code, to add details that the scan does not know. */
  amend(code: FindingCode, change: (finding: Finding) => Finding): void {
    const samples = this.#trim(code);
    samples.splice(0, samples.length, ...samples.map(change));
  }

  /** @returns the findings that forbid the removal of any blob */
  unsafe(): Finding[] {
    return this.codes()
      .filter((code) => FINDINGS[code].severity === 'unsafe')
      .flatMap((code) => this.samples(code));
  }
}

function byPath(a: Finding, b: Finding): number {
  return compare(a.path, b.path) || compare(a.detail ?? '', b.detail ?? '');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
