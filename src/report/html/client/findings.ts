/** The list of findings, with remedies. */
import type { FindingSample } from '../../model/common.js';
import type { PageData, PageFinding } from '../data.js';
import { commandLine } from './copy.js';
import { el, section } from './dom.js';
import { whole } from './format.js';

export function findings({ findings: rows }: PageData): HTMLElement {
  if (rows.length === 0) {
    return section('findings', 'Findings', el('p', {}, 'None. Nothing is damaged or left over.'));
  }
  return section('findings', 'Findings', el('ul', { class: 'findings' }, ...rows.map(finding)));
}

function finding({ severity, count, message, remedy, command, samples }: PageFinding): HTMLElement {
  const item = el(
    'li',
    {},
    el('strong', { class: `severity ${severity}` }, severity),
    ` ${count === 1 ? '' : `${whole(count)} × `}${message}`,
    command === undefined ? el('p', { class: 'remedy' }, `→ ${remedy}`) : commandLine(command),
  );
  if (samples.length > 0) {
    const paths = samples.map((sample) => {
      const line = el('li', {}, el('code', {}, sampleText(sample)));
      if (sample.command !== undefined) line.append(commandLine(sample.command));
      return line;
    });
    const title =
      samples.length < count ? `Show ${samples.length} of ${whole(count)} places` : 'Show where';
    item.append(el('details', {}, el('summary', {}, title), el('ul', {}, ...paths)));
  }
  return item;
}

const sampleText = ({ path, detail }: FindingSample): string =>
  detail === undefined ? path : `${path} (${detail})`;
