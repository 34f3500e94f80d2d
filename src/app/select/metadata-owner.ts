/**
 * Registries for which another system keeps metadata: their links don't show everything that is in
 * use.
 */

import type { Verdict } from '../../guard/model/types.js';
import { RegsweepError } from '../../util/errors.js';
import type { Context } from '../context.js';
import type { Selection } from './selection.js';

/**
 * @throws RegsweepError `facts-refused` for a pull-through cache, and for Harbor if tags or
 *   manifests are removed
 */
export function refuseForeign({ options }: Context, selection: Selection): void {
  const config = options.registryConfig;
  if (config?.pullThrough === true) {
    throw new RegsweepError(
      'facts-refused',
      'this registry is a pull-through cache: its configuration has proxy.remoteurl',
      {
        path: config.path,
        remedy:
          'it expires its content itself (proxy.ttl); if it is no longer a cache, remove "proxy" from that file',
      },
    );
  }
  if (config?.harbor === true && decidesLinks(selection)) throw harborRefusal(config.path);
}

/** Whether the run removes tags or manifests, and not only unreferenced blobs. */
function decidesLinks(selection: Selection): boolean {
  const { deleteUntagged, policy, orphanSignatures, targets } = selection;
  return deleteUntagged || policy !== undefined || orphanSignatures || targets.length > 0;
}

function harborRefusal(where: string): RegsweepError {
  return new RegsweepError(
    'facts-refused',
    'this registry belongs to Harbor, whose database knows which tags and manifests are in use',
    {
      path: where,
      remedy:
        'delete artifacts and set retention in Harbor; regsweep sweep removes what Harbor leaves',
    },
  );
}

/** @throws RegsweepError `facts-refused` if a running registry of the tree belongs to Harbor */
export function refuseHarbor({ registries }: Verdict, selection: Selection): void {
  const found = registries.find(({ harbor }) => harbor === true);
  if (found !== undefined && decidesLinks(selection)) throw harborRefusal(`process ${found.pid}`);
}
