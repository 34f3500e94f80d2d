/** The top of the page: the reclaimable space, the command that reclaims it, and obstacles. */
import type { PageData } from '../data.js';
import { commandLine } from './copy.js';
import { el } from './dom.js';
import { day, formatBytes, share, whole } from './format.js';

export const headline = (data: PageData): HTMLElement =>
  el(
    'header',
    {},
    el('p', { class: 'note' }, 'Registry storage at ', el('code', {}, data.root)),
    el('h1', {}, title(data)),
    ...data.nextSteps.flatMap(step),
    ...(data.totals.garbage.blobs + data.totals.staleUploads.uploads > 0
      ? [el('p', { class: 'note' }, TWO_STEPS)]
      : []),
    facts(data),
    el('p', { class: 'note' }, scope(data)),
  );

const TWO_STEPS =
  'A sweep moves garbage to quarantine, from which it can be restored. regsweep trash purge deletes it and frees the space.';

function title({ totals }: PageData): string {
  const { garbage, staleUploads, diskBytes, uploadDiskBytes } = totals;
  if (garbage.blobs + staleUploads.uploads === 0) return 'There is no garbage to reclaim';
  const reclaimed = garbage.diskBytes + staleUploads.diskBytes;
  const part = share(reclaimed, diskBytes + uploadDiskBytes);
  return `${formatBytes(reclaimed)} (${part}) can be reclaimed`;
}

/** A command with its effect, or one sentence. */
function step(text: string): HTMLElement[] {
  const [command = '', comment] = text.split(/ {2,}# /);
  if (comment === undefined) return [el('p', {}, sentence(text))];
  return [commandLine(command), el('p', { class: 'note' }, sentence(comment))];
}

const sentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

function facts({ filesystem, totals, oldestGarbageAt }: PageData): HTMLElement {
  const { bytes, freeBytes } = filesystem;
  const { young, quarantined, uploads, uploadDiskBytes } = totals;
  const rows: (readonly [string, string])[] = [
    ['Free disk space', `${formatBytes(freeBytes)} of ${formatBytes(bytes)}`],
    ['Registry on disk', formatBytes(totals.diskBytes + uploadDiskBytes + quarantined.diskBytes)],
  ];
  if (oldestGarbageAt !== null) rows.push(['Oldest garbage', day(oldestGarbageAt)]);
  if (young.blobs > 0) rows.push(['Recent (protected)', formatBytes(young.diskBytes)]);
  if (quarantined.runs > 0) rows.push(['In quarantine', formatBytes(quarantined.diskBytes)]);
  if (uploads > 0) rows.push([`Uploads (${whole(uploads)})`, formatBytes(uploadDiskBytes)]);
  const list = rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  return el('dl', { class: 'facts' }, ...list);
}

function scope({ totals, deleteUntagged, run }: PageData): string {
  const counts = [
    `${whole(totals.repositories)} repositories`,
    `${whole(totals.tags)} tags`,
    `${whole(totals.manifests)} manifests`,
    `${whole(totals.blobs)} blobs`,
  ];
  const rule = deleteUntagged ? 'count as garbage' : 'are kept';
  const at = `${run.scannedAt.slice(0, 16).replace('T', ' ')} UTC`;
  return `${counts.join(', ')}. Untagged manifests ${rule}. Scanned ${at} by regsweep ${run.version}.`;
}
