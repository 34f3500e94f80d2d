/** Predicates on the observation of a registry. Pure. */
import type { RegistryObservation } from './observations.js';

/** Whether the registry serves this tree by its configuration, or serves this tree or a copy. */
export const mayServe = (registry: RegistryObservation): boolean =>
  registry.serves === 'this-tree' || isUndecided(registry);

/** Whether only a nonce written to this tree can show if the registry serves it or a copy. */
export const isUndecided = ({ serves, content }: RegistryObservation): boolean =>
  (serves === 'another-tree' || serves === 'no-filesystem') &&
  (content?.state === 'has' || content?.state === 'undecided');

/** Whether a nonce has shown that the registry serves a copy: it didn't return the nonce. */
export const isCopy = ({ content }: RegistryObservation): boolean =>
  content?.state === 'elsewhere' && content.byNonce === true;
