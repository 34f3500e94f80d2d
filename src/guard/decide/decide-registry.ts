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
 * By its own answer and by its configuration as it read it; a cache writes on reads even so, and
 * doesn't say that it is one.
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

/** Whatever it wants, its mount doesn't let it write. */
export function isReadOnlyByKernel(registry: RegistryObservation): boolean {
  return registry.serves === 'this-tree' && !registry.mountWritable;
}

export function judgeRegistry(registry: RegistryObservation, remote: boolean): Evidence {
  if (registry.foreignFilesystem !== undefined && !remote) {
    const lies = `its root ${printable(registry.detail)} lies on ${registry.foreignFilesystem}`;
    return evidence(
      registry,
      'against',
      `${lies}, which may lead to this tree`,
      stopRemedy(registry),
    );
  }
  if (registry.serves === 'unknown') {
    const message = `which tree it serves is not known: ${printable(registry.detail)}`;
    return evidence(registry, 'against', message, identifyRemedy(registry));
  }
  return registry.serves === 'this-tree' ? judgeServing(registry) : judgeOther(registry);
}

/** Its configuration names another tree, and that alone shows nothing. */
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
    `its configuration was edited after it started; by it, it ${other}`,
    `restart it, so that its configuration holds: ${stopCommand(registry)}`,
  );
}

function judgeUndecided(registry: RegistryObservation): Evidence {
  const { content, live } = registry;
  if (isReadOnlyLive(registry)) {
    const mode = `is in read-only mode (${live!.detail})`;
    return evidence(registry, 'for', `${mode}, whether it serves this tree or a copy`);
  }
  if (content!.byNonce === true) {
    const shown = `serves this tree: it shows what was just written here (${content!.detail})`;
    return evidence(registry, 'against', shown, remedyOf(registry));
  }
  const seen =
    content!.state === 'undecided'
      ? 'may serve this tree, which has nothing yet that it could be asked for'
      : `has what this tree has, so it serves this tree or a copy (${printable(content!.detail)})`;
  const told = `by its configuration it serves ${printable(registry.detail)}`;
  const message = `${seen}; ${told}; a command that changes the tree finds out by writing a blob`;
  return { ...evidence(registry, 'against', message, identifyRemedy(registry)), undecided: true };
}

function judgeUnasked(registry: RegistryObservation): Evidence {
  const { content, clientCertificate } = registry;
  const why = printable(content?.detail ?? 'it was not asked');
  const told = `its configuration names another tree, ${printable(registry.detail)}`;
  const message = `is not shown to serve another tree, since it can't be asked: ${why}; ${told}`;
  const help = [
    content?.login === true ? LOGIN_REMEDY : '',
    clientCertificate === true ? 'give --registry-cert and --registry-key, which it asks for' : '',
    identifyRemedy(registry),
  ].filter(Boolean);
  return evidence(registry, 'against', message, help.join('\nor '));
}

function judgeServing(registry: RegistryObservation): Evidence {
  if (isReadOnlyByKernel(registry)) {
    return evidence(registry, 'for', 'sees this tree through a read-only mount');
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
    writable: 'it takes writes',
    unknown: 'whether it takes writes is not known',
    'read-only': 'it says that it takes no writes',
  }[live.state];
  return `${meaning} (${live.detail})`;
}

function remedyOf(registry: RegistryObservation): string {
  const stop = stopRemedy(registry);
  const { live, ignoredSetting, clientCertificate, cache, readOnlyByConfig } = registry;
  if (cache) return stop;
  if (live?.login === true) {
    return `${LOGIN_REMEDY}\nor ${stop}`;
  }
  if (live?.state === 'unknown' && clientCertificate === true) {
    return `give --registry-cert and --registry-key, which it asks for\nor ${stop}`;
  }
  if (ignoredSetting !== undefined) {
    return `restart it with ${READ_ONLY_SETTING} instead of ${ignoredSetting}\nor ${stop}`;
  }
  const restart = readOnlyByConfig && live?.state === 'read-only';
  return restart
    ? `restart it, so that its configuration holds\nor ${stop}`
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
