/** The recorded pulls, for policies that ask when images were pulled. */
import type { Facts } from '../../facts/types.js';
import { type DecideAllOptions, type Policy, pullsWanted } from '../../policy/index.js';
import { openState } from '../../sweep/index.js';
import { exactDuration } from '../../util/duration.js';
import { usageError } from '../../util/errors.js';
import { PullRecords, pullsFile } from '../pulls/records.js';
import type { Selection } from './selection.js';

/**
 * If the records cover a shorter period than the policy asks for, that is a finding, and rules that
 * ask for pulls keep all images.
 * @throws RegsweepError `usage` if there are no records
 */
export function knownPulls(
  facts: Facts,
  policy: Policy,
  { stateDir }: Selection,
): Pick<DecideAllOptions, 'lastPull' | 'pullsSince'> {
  const { tree } = facts;
  const wanted = pullsWanted(policy);
  const path = pullsFile(openState(tree, stateDir).base);
  const records = PullRecords.read(path);
  if (records === undefined) {
    throw usageError(
      `${policy.file} asks when images were last pulled, and no pulls are recorded for ${tree.rootDirectory}: the policy is refused`,
      `regsweep pulls import ACCESS-LOG... ${tree.rootDirectory}`,
    );
  }
  const now = Math.floor(facts.scannedAtMs / 1000);
  const since = records.since(now);
  if (since === undefined || now - since < wanted) {
    const detail =
      since === undefined
        ? 'the records of pulls end too long ago'
        : `pulls are recorded for ${exactDuration(Math.floor((now - since) / 3600) * 3600)}, the policy asks for ${exactDuration(wanted)}`;
    facts.findings.add({ code: 'short-pull-records', path: 'repositories', detail });
  }
  const lastPull = (repository: string, reference: string): number =>
    records.last(repository, reference);
  return { lastPull, ...(since === undefined ? {} : { pullsSince: since }) };
}
