/** Tags as versions: `v1.2.3`, `1.2`, `2024.01.05`, `1.0.0-rc.1`. */
import SemVer from 'semver/classes/semver.js';

const VERSION = /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]+))?$/i;

/** @returns undefined if a tag is not a version. Missing parts are 0, leading zeros are dropped */
export function versionOf(tag: string): SemVer | undefined {
  const [, major, minor = '0', patch = '0', pre] = VERSION.exec(tag) ?? [];
  if (major === undefined) return undefined;
  const core = [major, minor, patch].map(Number).join('.');
  const suffix = pre === undefined ? '' : `-${pre.split('.').map(identifier).join('.')}`;
  try {
    return new SemVer(core + suffix);
  } catch {
    return undefined;
  }
}

/** Separates letters from a number after them, so that `rc10` comes after `rc9`. */
const identifier = (text: string): string =>
  /^\d+$/.test(text) ? String(Number(text)) : text.replace(/^([A-Za-z]+)0*(\d+)$/, '$1.$2');

export const compareVersions = (a: SemVer, b: SemVer): number => a.compare(b);
