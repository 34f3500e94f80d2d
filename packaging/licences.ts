/** Collects the licence texts of the packages in a bundle. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Metafile } from 'esbuild';

/** Packages in the HTML report's script, which the bundle contains as text. */
const IN_PAGE = ['node_modules/d3-hierarchy'];

/** @throws Error if a package has neither a licence file nor a licence in its package.json */
export function licencesOf({ inputs }: Metafile, project: string): string {
  const folders = Object.keys(inputs).flatMap((path) => {
    const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    return found === undefined ? [] : [found];
  });
  const all = [...new Set([...folders, ...IN_PAGE])].sort();
  return all.map((folder) => licenceOf(`${project}/${folder}`)).join('\n');
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file));
  if (files.length === 0 && license === undefined) throw new Error(`${folder} has no licence`);
  const texts = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}
