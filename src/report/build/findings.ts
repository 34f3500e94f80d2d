/** Rows of findings: each sample with its repository, its tag and the command that repairs it. */
import { FINDINGS, type Finding, type FindingCode } from '../../facts/findings.js';
import { type Facts, nodeOf } from '../../facts/types.js';
import { firstImages, type UsingImage } from '../../graph/holders.js';
import { markerAt } from '../../registry-config/foreign-markers.js';
import { shellWord } from '../../util/shell-quote.js';
import type { FindingRow, FindingSample } from '../model/common.js';
import { jsonName, rawPath } from './names.js';

export function findingRows(facts: Facts): FindingRow[] {
  const log = facts.findings;
  const holderOf = holdersIn(facts);
  return log.codes().map((code) => ({
    code,
    severity: FINDINGS[code].severity,
    count: log.count(code),
    message: FINDINGS[code].message,
    remedy: FINDINGS[code].remedy,
    samples: log.samples(code).map((one) => sampleOf(facts, one, holderOf(one))),
  }));
}

/** For a blob that lacks something, the image that shows it. Only samples are looked up. */
function holdersIn(facts: Facts): (finding: Finding) => UsingImage | undefined {
  const nodes = new Set<number>();
  for (const code of facts.findings.codes()) {
    if (!NAMES_BLOB.has(code)) continue;
    for (const { digest } of facts.findings.samples(code)) {
      const node = digest === undefined ? undefined : nodeOf(facts, digest);
      if (node !== undefined) nodes.add(node);
    }
  }
  const holders = firstImages(facts, nodes);
  return ({ code, digest }) => {
    const node = NAMES_BLOB.has(code) && digest !== undefined ? nodeOf(facts, digest) : undefined;
    return node === undefined ? undefined : holders.get(node);
  };
}

const NAMES_BLOB: ReadonlySet<FindingCode> = new Set([
  'missing-manifest',
  'unreadable-manifest',
  'missing-blob',
  'missing-child',
] as const);

function sampleOf(
  facts: Facts,
  { code, path, detail, command: known, ...finding }: Finding,
  holder: UsingImage | undefined,
): FindingSample {
  const { repository, tag, digest } = { ...placeIn(path), ...holder, ...finding };
  const command =
    known ??
    markerAt(path)?.remedy(path) ??
    (MAY_BE_INTACT.test(detail ?? '')
      ? undefined
      : commandFor(facts, code, repository, tag, digest));
  return {
    path: jsonName(path),
    ...rawPath(path),
    ...(repository === undefined ? {} : { repository: jsonName(repository) }),
    ...(tag === undefined ? {} : { tag: jsonName(tag) }),
    ...(digest === undefined ? {} : { digest }),
    ...(detail === undefined ? {} : { detail }),
    ...(command === undefined ? {} : { command }),
  };
}

/** Only this process, or now, can't read it. A removal would not repair anything. */
const MAY_BE_INTACT = /\b(?:EACCES|EPERM|ENOENT|ELOOP)\b|can't be listed/;

const PLACE = /^repositories\/(.+?)\/_(?:manifests|layers|uploads)(?:\/tags\/([^/]+))?(?:\/|$)/;

function placeIn(path: string): Partial<UsingImage> {
  const [, repository, tag] = PLACE.exec(path) ?? [];
  if (repository === undefined) return {};
  return tag === undefined ? { repository } : { repository, tag };
}

/** The command that removes the damage, if the image is not pushed again. Ready to paste. */
function commandFor(
  { tree }: Facts,
  code: FindingCode,
  repository: string | undefined,
  tag: string | undefined,
  digest: string | undefined,
): string | undefined {
  const root = shellWord(tree.rootDirectory);
  if (code === 'unneeded-layer-link') return `regsweep tidy ${root}`;
  if (repository === undefined) return undefined;
  const image = tag === undefined ? undefined : `${repository}:${tag}`;
  const manifest = digest === undefined ? undefined : `${repository}@${digest}`;
  const subject = BY_TAG.has(code)
    ? (image ?? manifest)
    : BY_DIGEST.has(code)
      ? manifest
      : undefined;
  if (code === 'missing-layer-link' && image !== undefined) {
    return `regsweep trash restore ${root} --ref ${shellWord(image)}`;
  }
  if (subject === undefined) return undefined;
  const named = shellWord(subject);
  return subject.startsWith('-')
    ? `regsweep rm --root ${root} -- ${named}`
    : `regsweep rm ${named} --root ${root}`;
}

/** The tag is damaged itself, or its image can't be pulled. */
const BY_TAG: ReadonlySet<FindingCode> = new Set([
  'unreadable-link',
  'tag-without-revision',
  'tag-without-current',
  'missing-blob',
] as const);

const BY_DIGEST: ReadonlySet<FindingCode> = new Set([
  'missing-manifest',
  'unreadable-manifest',
  'link-mismatch',
] as const);
