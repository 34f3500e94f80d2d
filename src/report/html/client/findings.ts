/** What isn't as it should be, and what to do about it. */
import type { FindingRow, FindingSample } from '../../model/common.js';
import type { PageData } from '../data.js';
import { el, section } from './dom.js';
import { whole } from './format.js';

export function findings({ findings: rows }: PageData): HTMLElement {
  if (rows.length === 0) {
    return section('findings', 'Findings', el('p', {}, 'None: the tree is in order.'));
  }
  return section('findings', 'Findings', el('ul', { class: 'findings' }, ...rows.map(finding)));
}

function finding({ severity, count, message, remedy, samples }: FindingRow): HTMLElement {
  const item = el(
    'li',
    {},
    el('strong', { class: `severity ${severity}` }, severity),
    ` ${whole(count)} × ${message}`,
    el('p', { class: 'remedy' }, `→ ${remedy}`),
  );
  if (samples.length > 0) {
    const paths = samples.map((sample) => el('li', {}, el('code', {}, sampleText(sample))));
    const title = samples.length < count ? `${samples.length} of them` : 'where';
    item.append(el('details', {}, el('summary', {}, title), el('ul', {}, ...paths)));
  }
  return item;
}

const sampleText = ({ path, detail }: FindingSample): string =>
  detail === undefined ? path : `${path} (${detail})`;
