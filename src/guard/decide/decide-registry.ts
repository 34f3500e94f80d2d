/** Judges one registry process. Pure. */
import { printable } from '../../storage/names.js';
import type { RegistryObservation } from '../model/observations.js';
import { isUndecided, mayServe } from '../model/registry-state.js';
import type { Bearing, Evidence } from '../model/types.js';
import {
  identifyRemedy,
  LOGIN_REMEDY,
  READ_ONLY_SETTING,
  readOnlyRemedy,
  stopCommand,
  stopRemedy,
} from './remedies.js';

/**
 * Whether a registry is in read-only mode, by its live answer and by the configuration that it
 * read at its start. A pull-through cache never counts as read-only: it writes on pulls, and its
 * answers don't show that it is a cache.
 */
export function isReadOnlyLive(registry: RegistryObservation): boolean {
  return (
    mayServe(registry) &&
    registry.live?.state === 'read-only' &&
    registry.readOnlyByConfig &&
    registry.configEdited !== 'since' &&
    !registry.cache
  );
}

/** Whether the registry has the tree mounted read-only, so that the kernel refuses its writes. */
export function isReadOnlyByKernel(registry: RegistryObservation): boolean {
  return registry.serves === 'this-tree' && !registry.mountWritable;
}

/**
 * @param remote every `--registry-url` was confirmed; a root on another filesystem may pass then
 */
export function judgeRegistry(registry: RegistryObservation, remote: boolean): Evidence {
  if (registry.foreignFilesystem !== undefined && !remote) {
    const root = `has its root ${printable(registry.detail)} on ${registry.foreignFilesystem}`;
    return evidence(
      registry,
      'against',
      `${root}, which may lead to this tree`,
      stopRemedy(registry),
    );
  }
  if (registry.serves === 'unknown') {
    const message = `may serve this tree; its root is unknown: ${printable(registry.detail)}`;
    return evidence(registry, 'against', message, identifyRemedy(registry));
  }
  return registry.serves === 'this-tree' ? judgeServing(registry) : judgeOther(registry);
}

/** Judges a registry whose configuration names another tree. That alone doesn't clear it. */
function judgeOther(registry: RegistryObservation): Evidence {
  const { content, configEdited } = registry;
  if (isUndecided(registry)) return judgeUndecided(registry);
  if (content?.state !== 'elsewhere') return judgeUnasked(registry);
  const copy = content.byNonce === true ? ', a copy of this one' : '';
  const other = `serves another tree${copy}: ${printable(registry.detail)}`;
  if (configEdited === false) return evidence(registry, 'note', other);
  return evidence(
    registry,
    'against',
    `may serve this tree: its configuration was edited after it started; by that file it ${other}`,
    `restart it so that it reads its configuration; to stop it:\n${stopCommand(registry)}`,
  );
}

function judgeUndecided(registry: RegistryObservation): Evidence {
  const { content, live } = registry;
  if (isReadOnlyLive(registry)) {
    const mode = `is in read-only mode (${live!.detail})`;
    return evidence(registry, 'for', `${mode}; it serves this tree or a copy of it`);
  }
  if (content!.byNonce === true) {
    const shown = `serves this tree: it returns a blob just written here (${content!.detail})`;
    return evidence(registry, 'against', shown, remedyOf(registry));
  }
  const seen =
    content!.state === 'undecided'
      ? 'may serve this tree; the tree has no content yet to ask it for'
      : `serves this tree or a copy of it: it has the same content (${printable(content!.detail)})`;
  const configured = `its configuration names ${printable(registry.detail)}`;
  const test = 'a command that changes the tree writes a test blob to find out';
  const message = `${seen}; ${configured}; ${test}`;
  return { ...evidence(registry, 'against', message, identifyRemedy(registry)), undecided: true };
}

function judgeUnasked(registry: RegistryObservation): Evidence {
  const { content, clientCertificate } = registry;
  const why = printable(content?.detail ?? 'no request was sent');
  const configured = `its configuration names another tree, ${printable(registry.detail)}`;
  const message = `may serve this tree: ${configured}, but it could not be asked: ${why}`;
  const help = [
    content?.login === true ? LOGIN_REMEDY : '',
    clientCertificate === true ? CERTIFICATE_REMEDY : '',
    identifyRemedy(registry),
  ].filter(Boolean);
  return evidence(registry, 'against', message, help.join('\nor '));
}

function judgeServing(registry: RegistryObservation): Evidence {
  if (isReadOnlyByKernel(registry)) {
    return evidence(registry, 'for', 'has this tree mounted read-only');
  }
  if (isReadOnlyLive(registry)) {
    const edited = registry.configEdited ? '; its configuration was written as it started' : '';
    return evidence(registry, 'for', `is in read-only mode (${registry.live!.detail})${edited}`);
  }
  return evidence(
    registry,
    'against',
    `serves this tree${whyWritable(registry)}`,
    remedyOf(registry),
  );
}

function whyWritable(registry: RegistryObservation): string {
  const reasons = [
    registry.cache ? 'it is a pull-through cache, which writes on every pull' : '',
    liveReason(registry),
    registry.readOnlyByConfig ? '' : 'its configuration doesn’t make it read-only',
    registry.configEdited !== false ? 'its configuration was edited after it started' : '',
    registry.ignoredSetting === undefined ? '' : `${registry.ignoredSetting} has no effect`,
  ];
  return `: ${reasons.filter(Boolean).join('; ')}`;
}

function liveReason({ live }: RegistryObservation): string {
  if (live === undefined) return '';
  const meaning = {
    writable: 'it accepts writes',
    unknown: 'it may accept writes',
    'read-only': 'it answers that it is read-only',
  }[live.state];
  return `${meaning} (${live.detail})`;
}

const CERTIFICATE_REMEDY =
  'give --registry-cert and --registry-key: the registry asks for a client certificate';

function remedyOf(registry: RegistryObservation): string {
  const stop = stopRemedy(registry);
  const { live, ignoredSetting, clientCertificate, cache, readOnlyByConfig } = registry;
  if (cache) return stop;
  if (live?.login === true) {
    return `${LOGIN_REMEDY}\nor ${stop}`;
  }
  if (live?.state === 'unknown' && clientCertificate === true) {
    return `${CERTIFICATE_REMEDY}\nor ${stop}`;
  }
  if (ignoredSetting !== undefined) {
    return `restart it with ${READ_ONLY_SETTING} instead of ${ignoredSetting}\nor ${stop}`;
  }
  const restart = readOnlyByConfig && live?.state === 'read-only';
  return restart
    ? `restart it so that it reads its configuration\nor ${stop}`
    : readOnlyRemedy(registry);
}

function evidence(
  registry: RegistryObservation,
  bearing: Bearing,
  what: string,
  remedy?: string,
): Evidence {
  const where = registry.container === undefined ? '' : `, container ${registry.container}`;
  const harbor = registry.harbor ? ' [Harbor]' : '';
  return {
    kind: 'process',
    bearing,
    message: `registry process ${registry.pid} (${registry.command}${where})${harbor} ${what}`,
    pid: registry.pid,
    command: registry.command,
    ...(registry.container === undefined ? {} : { container: registry.container }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
