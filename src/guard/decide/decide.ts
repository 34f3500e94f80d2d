/** The decision table from observations to a verdict. Pure. Anything unknown refuses. */
import { printable } from '../../storage/names.js';
import type { MountHolder, Observations, Problem, WriteDescriptor } from '../model/observations.js';
import { isCopy, mayServe } from '../model/registry-state.js';
import type { Evidence, EvidenceKind, GuardState, Verdict } from '../model/types.js';
import { judgeContainer } from './decide-container.js';
import { decideHolder } from './decide-holder.js';
import { judgeView } from './decide-nested-mount.js';
import { isReadOnlyLive, judgeRegistry } from './decide-registry.js';
import { judgeUser } from './decide-user.js';
import { stopRemedy } from './remedies.js';

/** @returns state `refused` if any evidence is `against`; see the table in docs/guard.md */
export function decideVerdict(seen: Observations): Verdict {
  const remote = seen.remote?.confirmed === true;
  const evidence: Evidence[] = [
    ...unlessRemote('view', seen.view, remote),
    ...problems('foreign-metadata', seen.foreignMetadata),
    ...unlessRemote('filesystem', seen.filesystem, remote),
    ...unlessRemote('export', seen.exports, remote),
    ...seen.registries.map((registry) => judgeRegistry(registry, remote)),
    ...holdersOf(seen, remote).map((holder) => decideHolder(holder, seen)),
    ...seen.views.flatMap((view) => judgeView(view, seen)),
    ...seen.containers.flatMap((container) => judgeContainer(container, seen)),
    ...seen.engineNotes.map(
      (message): Evidence => ({ kind: 'container', bearing: 'note', message }),
    ),
    ...seen.writers.map((writer) => judgeWriter(writer, seen)),
    ...seen.users.map((user) => judgeUser(user, seen)),
    ...remoteEvidence(seen),
  ];
  const anybody = evidence.some(({ kind }) => USERS.includes(kind));
  if (!anybody && seen.blind !== true) {
    evidence.push({ kind: 'process', ...noUser(seen.view.length === 0) });
  }
  const serving = seen.registries.filter(
    (registry) => registry.serves === 'this-tree' || isReadOnlyLive(registry),
  );
  const copies = seen.registries.filter(isCopy).flatMap(({ key }) => key ?? []);
  const against = evidence.filter(({ bearing }) => bearing === 'against');
  const undecided = against.length > 0 && against.every((item) => item.undecided === true);
  return {
    state: stateOf(evidence, seen),
    evidence,
    ...(undecided ? { undecided } : {}),
    registries: serving.map(({ pid, startedAtMs, started, harbor }) => ({
      pid,
      startedAtMs,
      ...(started === undefined ? {} : { started }),
      ...(harbor ? { harbor: true } : {}),
    })),
    caches: seen.caches,
    ...(copies.length === 0 ? {} : { copies: new Set(copies) }),
    ...(seen.remote === undefined ? {} : { addresses: seen.remote.addresses }),
  };
}

/** Evidence of these kinds is about somebody who uses the tree. */
const USERS: readonly EvidenceKind[] = ['process', 'mount', 'descriptor'];

const noUser = (isViewComplete: boolean): Pick<Evidence, 'bearing' | 'message'> =>
  isViewComplete
    ? { bearing: 'for', message: 'no process and no mount on this host uses the tree' }
    : {
        bearing: 'note',
        message: 'no process and no mount that regsweep can see uses the tree',
      };

function stateOf(evidence: readonly Evidence[], seen: Observations): GuardState {
  if (evidence.some((item) => item.bearing === 'against')) return 'refused';
  if (seen.remote !== undefined) return 'read-only-remote';
  const serving = seen.registries.some(mayServe);
  const mounted = evidence.some((item) => item.kind === 'mount' && item.bearing === 'for');
  return serving || mounted ? 'read-only' : 'stopped';
}

/**
 * An incomplete view already refuses. Holders that could not be examined are then left out: their
 * remedies would tell the administrator to stop processes that may not use the tree.
 */
const holdersOf = ({ holders, view }: Observations, remote: boolean): readonly MountHolder[] =>
  view.length === 0 || remote ? holders : holders.filter((holder) => holder.unverified !== true);

function problems(kind: EvidenceKind, found: readonly Problem[]): Evidence[] {
  return found.map((problem) => ({ kind, bearing: 'against', ...problem }));
}

/** Problems that confirmed registry URLs turn into notes. */
function unlessRemote(kind: EvidenceKind, found: readonly Problem[], remote: boolean): Evidence[] {
  return problems(kind, found).map((item) => (remote ? { ...item, bearing: 'note' } : item));
}

function judgeWriter(writer: WriteDescriptor, seen: Observations): Evidence {
  const registry = seen.registries.find((candidate) => candidate.pid === writer.pid);
  const harmless = writer.beneathUploads && registry !== undefined && isReadOnlyLive(registry);
  const why = harmless ? '' : ', so it may still change this tree';
  const file = `${printable(writer.path)} open for writing`;
  return {
    kind: 'descriptor',
    bearing: harmless ? 'note' : 'against',
    message: `process ${writer.pid} (${writer.command}) has ${file}${why}`,
    pid: writer.pid,
    command: writer.command,
    ...(writer.container === undefined ? {} : { container: writer.container }),
    ...(harmless ? {} : { remedy: stopRemedy(writer) }),
  };
}

function remoteEvidence(seen: Observations): Evidence[] {
  if (seen.remote === undefined) return [];
  return [
    ...problems('remote', seen.remote.problems),
    ...seen.remote.notes.map((message): Evidence => ({ kind: 'remote', bearing: 'for', message })),
  ];
}
