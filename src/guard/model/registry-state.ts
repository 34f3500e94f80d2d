/** What an observation of a registry amounts to. Pure. */
import type { RegistryObservation } from './observations.js';

/** By its configuration, or by what it has: a copy of this tree answers alike. */
export const mayServe = (registry: RegistryObservation): boolean =>
  registry.serves === 'this-tree' || isUndecided(registry);

/** Only something that is written to this tree can tell whether it serves a copy. */
export const isUndecided = ({ serves, content }: RegistryObservation): boolean =>
  (serves === 'another-tree' || serves === 'no-filesystem') &&
  (content?.state === 'has' || content?.state === 'undecided');

/** What was written to this tree for a moment was not to be had of it. */
export const isCopy = ({ content }: RegistryObservation): boolean =>
  content?.state === 'elsewhere' && content.byNonce === true;
