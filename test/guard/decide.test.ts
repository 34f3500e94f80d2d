/** Every row of the decision table, both ways, over plain data. */
import { describe, expect, it } from 'vitest';
import { decideVerdict } from '../../src/guard/decide/decide.js';
import { explainRefusal } from '../../src/guard/decide/verdict-text.js';
import { foldUnreadable } from '../../src/guard/host/visibility.js';
import type {
  Bystander,
  ContainerObservation,
  MountHolder,
  NamespaceProcess,
  Observations,
  RegistryObservation,
  TreeUser,
  WriteDescriptor,
} from '../../src/guard/model/observations.js';

const nobody: Observations = {
  view: [],
  foreignMetadata: [],
  filesystem: [],
  exports: [],
  holders: [],
  writers: [],
  users: [],
  registries: [],
  bystanders: [],
  containers: [],
  engineNotes: [],
  views: [],
  caches: [],
};

const registry: RegistryObservation = {
  pid: 7,
  command: 'registry serve /c.yml',
  container: '0123456789ab',
  engine: 'docker',
  startedAtMs: 1000,
  serves: 'this-tree',
  detail: '/var/lib/registry',
  mountWritable: true,
  readOnlyByConfig: true,
  configEdited: false,
  cache: false,
  harbor: false,
  live: { state: 'read-only', detail: 'http://127.0.0.1:5000: OPTIONS 200' },
};

/** By its configuration. */
const other: RegistryObservation = { ...registry, serves: 'another-tree', detail: '/other' };
const writable = { state: 'writable', detail: 'PUT 400' } as const;
const elsewhere = { state: 'elsewhere', detail: '4 asked for' } as const;

const holder: MountHolder = {
  pid: 7,
  command: 'registry serve /c.yml',
  namespace: 'mnt:[2]',
  mounts: [{ path: '/data', hostPath: '/srv', writable: true, via: 'bind' }],
  processes: [{ pid: 7, command: 'registry', name: 'registry', executable: 'registry' }],
};

const idle: MountHolder = {
  ...holder,
  pid: 8,
  command: 'node_exporter',
  processes: [
    { pid: 8, command: 'node_exporter', name: 'node_exporter', executable: 'plain', sha256: 'aa' },
  ],
};

const writer: WriteDescriptor = { pid: 9, command: 'cp', path: '/srv/x', beneathUploads: false };
const problem = { message: 'seen', remedy: 'do' };
const readOnlyMounts = [{ ...holder.mounts[0]!, writable: false }];
const bystanders = [{ command: 'node_exporter', sha256: 'aa' }];
const confirmed = { confirmed: true, notes: ['ok'], problems: [], addresses: ['10.0.0.7'] };
const disproved = { confirmed: false, notes: [], problems: [problem], addresses: [undefined] };

const nested = (only: 'theirs' | 'ours') => ({
  only,
  path: '/there/repositories/x',
  hostPath: '/tree/repositories/x',
  source: '/dev/vdb',
});

const container = (more: Partial<ContainerObservation> = {}): ContainerObservation => ({
  name: { engine: 'docker', id: '0123456789ab'.padEnd(64, '0'), name: 'registry' },
  status: 'exited',
  restart: 'no',
  pid: 0,
  isRunning: false,
  mounts: [{ ...holder.mounts[0]!, writable: true }],
  nested: [],
  ...more,
});

/** [what it sees, observations, state, kinds of evidence against] */
const table: [string, Partial<Observations>, string, string[]][] = [
  ['nothing', {}, 'stopped', []],
  ['an incomplete view', { view: [problem] }, 'refused', ['view']],
  ['foreign metadata', { foreignMetadata: [problem] }, 'refused', ['foreign-metadata']],
  ['an odd filesystem', { filesystem: [problem] }, 'refused', ['filesystem']],
  ['an export', { exports: [problem] }, 'refused', ['export']],
  ['a write descriptor', { writers: [writer] }, 'refused', ['descriptor']],
  ['an idle rw mount', { holders: [idle] }, 'refused', ['mount']],
  [
    'an unreadable process that may hold it, and is refused for being unreadable',
    { holders: [{ ...idle, unverified: true }], view: [problem] },
    'refused',
    ['view'],
  ],
  [
    'the same with registries elsewhere, where the view is not asked for',
    { holders: [{ ...idle, unverified: true }], view: [problem], remote: confirmed },
    'refused',
    ['mount'],
  ],
  ['an idle ro mount', { holders: [{ ...idle, mounts: readOnlyMounts }] }, 'read-only', []],
  [
    'an overlay’s upper, rw, beside a ro bind',
    {
      holders: [{ ...idle, mounts: [...readOnlyMounts, { ...holder.mounts[0]!, via: 'overlay' }] }],
    },
    'refused',
    ['mount'],
  ],
  ['a stopped container that mounts the tree', { containers: [container()] }, 'stopped', []],
  [
    'one that its engine is about to start again',
    { containers: [container({ status: 'restarting' })] },
    'refused',
    ['container'],
  ],
  [
    'one that has just ended, and is started again',
    { containers: [container({ status: 'running', restart: 'always' })] },
    'refused',
    ['container'],
  ],
  [
    'one with other mounts inside the tree',
    { containers: [container({ nested: [nested('theirs')] })] },
    'refused',
    ['nested-mount'],
  ],
  [
    'one that runs, of which no process is seen',
    { containers: [container({ status: 'running', pid: 5, isRunning: true })] },
    'refused',
    ['container'],
  ],
  [
    'one that runs, whose process is seen to hold the tree read-only',
    {
      containers: [container({ status: 'running', pid: 5, isRunning: true })],
      holders: [{ ...idle, pid: 5, mounts: readOnlyMounts }],
    },
    'read-only',
    [],
  ],
  ['an engine that can’t be asked', { engineNotes: ['no answer'] }, 'stopped', []],
  [
    'a mount in the tree that only a bystander has',
    { views: [{ holder: idle, nested: [nested('theirs')] }], bystanders },
    'refused',
    ['nested-mount'],
  ],
  [
    'one that a bystander lacks',
    { views: [{ holder: idle, nested: [nested('ours')] }], bystanders },
    'stopped',
    [],
  ],
  [
    'one that a sandbox lacks, in which no registry lives',
    { views: [{ holder: { ...idle, mounts: [] }, nested: [nested('ours')] }] },
    'stopped',
    [],
  ],
  [
    'one that a sandbox lacks, in which a registry lives',
    {
      views: [
        {
          holder: {
            ...idle,
            mounts: [],
            processes: [{ ...idle.processes[0]!, executable: 'registry' as const }],
          },
          nested: [nested('ours')],
        },
      ],
    },
    'refused',
    ['nested-mount'],
  ],
  [
    'one that somebody else lacks',
    { views: [{ holder: idle, nested: [nested('ours')] }] },
    'refused',
    ['nested-mount'],
  ],
  ['a named bystander', { holders: [idle], bystanders }, 'stopped', []],
  [
    'a bystander with another hash',
    { holders: [idle], bystanders: [{ command: 'node_exporter', sha256: 'bb' }] },
    'refused',
    ['mount'],
  ],
  [
    'a bystander with company',
    {
      holders: [{ ...idle, processes: [...idle.processes, { ...idle.processes[0]!, name: 'sh' }] }],
      bystanders,
    },
    'refused',
    ['mount'],
  ],
  [
    'a bystander with a registry’s strings',
    {
      holders: [{ ...idle, processes: [{ ...idle.processes[0]!, executable: 'registry' }] }],
      bystanders,
    },
    'refused',
    ['mount'],
  ],
  [
    'a bystander that can’t be read',
    {
      holders: [{ ...idle, processes: [{ ...idle.processes[0]!, executable: 'unreadable' }] }],
      bystanders,
    },
    'refused',
    ['mount'],
  ],
  ['a registry in read-only mode', { registries: [registry] }, 'read-only', []],
  [
    'a registry in read-only mode in its container',
    { registries: [registry], holders: [holder] },
    'read-only',
    [],
  ],
  [
    'a read-only registry and another holder',
    { registries: [registry], holders: [holder, idle] },
    'refused',
    ['mount'],
  ],
  [
    'two registries, one of them writable',
    { registries: [registry, { ...registry, pid: 17, live: { state: 'writable', detail: '' } }] },
    'refused',
    ['process'],
  ],
  [
    'read-only by its answer, not by its config',
    { registries: [{ ...registry, readOnlyByConfig: false }] },
    'refused',
    ['process'],
  ],
  [
    'read-only by its config, not by its answer',
    { registries: [{ ...registry, live: { state: 'unknown', detail: '401' } }] },
    'refused',
    ['process'],
  ],
  [
    'a cache in read-only mode',
    { registries: [{ ...registry, cache: true }] },
    'refused',
    ['process'],
  ],
  [
    'a config that its start script wrote, and that the answer agrees with',
    { registries: [{ ...registry, configEdited: 'at-start' }] },
    'read-only',
    [],
  ],
  [
    'a config edited later, although the answer agrees: it may hide a cache',
    { registries: [{ ...registry, configEdited: 'since' }] },
    'refused',
    ['process'],
  ],
  [
    'a writable registry on a ro mount',
    {
      registries: [without({ ...registry, mountWritable: false, readOnlyByConfig: false })],
      holders: [{ ...holder, mounts: readOnlyMounts }],
    },
    'read-only',
    [],
  ],
  [
    'a registry with an unknown root',
    { registries: [{ ...registry, serves: 'unknown' }] },
    'refused',
    ['process'],
  ],
  [
    'a registry that is shown to serve another tree',
    { registries: [{ ...other, content: elsewhere }] },
    'stopped',
    [],
  ],
  [
    'a registry whose configuration alone names another tree',
    { registries: [other] },
    'refused',
    ['process'],
  ],
  [
    'a registry that can’t be asked',
    { registries: [{ ...other, content: { state: 'unasked', detail: '401' } }] },
    'refused',
    ['process'],
  ],
  [
    'a registry that has what this tree has',
    { registries: [{ ...other, live: writable, content: { state: 'has', detail: '200' } }] },
    'refused',
    ['process'],
  ],
  [
    'the same, read-only',
    { registries: [{ ...other, content: { state: 'has', detail: '200' } }] },
    'read-only',
    [],
  ],
  [
    'the same, and it shows what was just written here',
    {
      registries: [
        { ...other, live: writable, content: { state: 'has', detail: '200', byNonce: true } },
      ],
    },
    'refused',
    ['process'],
  ],
  [
    'the same, and it doesn’t: a copy',
    { registries: [{ ...other, live: writable, content: { ...elsewhere, byNonce: true } }] },
    'stopped',
    [],
  ],
  [
    'a registry beside a tree that has nothing to ask for',
    { registries: [{ ...other, live: writable, content: { state: 'undecided', detail: '' } }] },
    'refused',
    ['process'],
  ],
  [
    'a registry on another tree by an edited config',
    { registries: [{ ...other, content: elsewhere, configEdited: 'at-start' }] },
    'refused',
    ['process'],
  ],
  [
    'a registry on another tree on FUSE',
    { registries: [{ ...other, content: elsewhere, foreignFilesystem: 'fuse.x' }] },
    'refused',
    ['process'],
  ],
  [
    'a registry without a filesystem, shown to lack what this tree has',
    { registries: [{ ...registry, serves: 'no-filesystem', content: elsewhere }] },
    'stopped',
    [],
  ],
  [
    'a registry without a filesystem, by its configuration alone',
    { registries: [{ ...registry, serves: 'no-filesystem' }] },
    'refused',
    ['process'],
  ],
  [
    'an upload held by a read-only registry',
    { registries: [registry], writers: [{ ...writer, pid: 7, beneathUploads: true }] },
    'read-only',
    [],
  ],
  [
    'an upload held by another process',
    { registries: [registry], writers: [{ ...writer, beneathUploads: true }] },
    'refused',
    ['descriptor'],
  ],
  [
    'registries elsewhere, confirmed',
    { remote: confirmed, view: [problem], filesystem: [problem], exports: [problem] },
    'read-only-remote',
    [],
  ],
  ['registries elsewhere, not confirmed', { remote: disproved }, 'refused', ['remote']],
  [
    'registries elsewhere and foreign metadata',
    { remote: confirmed, foreignMetadata: [problem] },
    'refused',
    ['foreign-metadata'],
  ],
  [
    'registries elsewhere and a holder here',
    { remote: confirmed, holders: [idle] },
    'refused',
    ['mount'],
  ],
];

function without(observation: RegistryObservation): RegistryObservation {
  const { live: _, ...rest } = observation;
  return rest;
}

describe('the decision table', () => {
  it.each(table)('%s', (_, seen, state, against) => {
    const verdict = decideVerdict({ ...nobody, ...seen });
    const found = verdict.evidence.filter((item) => item.bearing === 'against');
    expect({ state: verdict.state, against: found.map((item) => item.kind) }).toEqual({
      state,
      against,
    });
    for (const item of found) expect(item.remedy, item.message).toBeTruthy();
  });

  it('lists the registries that serve the tree, and no others', () => {
    const shown: RegistryObservation = { ...other, pid: 18, content: elsewhere };
    expect(decideVerdict({ ...nobody, registries: [registry, shown] }).registries).toEqual([
      { pid: 7, startedAtMs: 1000 },
    ]);
  });

  it('says how to stop a container, and how to make it read-only', () => {
    const writable: RegistryObservation = {
      ...registry,
      readOnlyByConfig: false,
      live: { state: 'writable', detail: 'PUT 400' },
    };
    expect(decideVerdict({ ...nobody, registries: [writable] }).evidence[0]).toEqual({
      kind: 'process',
      bearing: 'against',
      message:
        'registry process 7 (registry serve /c.yml, container 0123456789ab) serves this tree: ' +
        'it accepts writes (PUT 400); its configuration doesn’t make it read-only',
      pid: 7,
      command: 'registry serve /c.yml',
      container: '0123456789ab',
      remedy:
        "docker stop 0123456789ab\nor let regsweep do it, with --stop-command 'docker stop " +
        "0123456789ab' --start-command 'docker start 0123456789ab'\nor restart it read-only, with " +
        `REGISTRY_STORAGE_MAINTENANCE='{"readonly": {"enabled": true}}' in its environment`,
    });
  });
});

describe('a process that uses the tree', () => {
  const process = { ...idle.processes[0]!, name: 'store' };
  const user: TreeUser = {
    pid: 8,
    command: 'store --data /srv',
    how: 'listens',
    path: '/srv',
    where: 'its arguments',
    process,
  };
  const look = (more: Partial<TreeUser>, named: readonly Bystander[] = []) =>
    decideVerdict({ ...nobody, users: [{ ...user, ...more }], bystanders: named });
  const bystander = { command: 'store', sha256: 'aa' };

  it('is against it, and may be named as a bystander', () => {
    const entry = 'guard: {bystanders: [{command: store, sha256: aa}]}';
    expect(look({}).evidence[0]).toEqual({
      kind: 'process',
      bearing: 'against',
      message:
        'process 8 (store --data /srv) listens for connections and names this tree, so a client ' +
        'may make it write there: /srv in its arguments',
      pid: 8,
      command: 'store --data /srv',
      remedy: `kill 8\nor let regsweep do it, with --stop-command 'kill 8'\nor add to /etc/regsweep.yaml, if it never writes there: ${entry}`,
    });
    expect(look({ how: 'fuse', mountPoint: '/mnt/a b' }).evidence[0]!.remedy).toContain(
      "umount '/mnt/a b'\n",
    );
    expect(look({}, [bystander]).evidence[0]).toMatchObject({ kind: 'bystander', bearing: 'note' });
    expect(look({}, [bystander]).state).toBe('stopped');
  });

  it.each<[string, Partial<NamespaceProcess>]>([
    ['has another hash', { sha256: 'bb' }],
    ['carries a registry’s strings', { executable: 'registry' }],
    ['is unreadable', { executable: 'unreadable' }],
  ])('is none where its executable %s', (_, more) => {
    expect(look({ process: { ...process, ...more } }, [bystander]).state).toBe('refused');
  });
});

it('a file open for writing is never beside the statement that no process uses the tree', () => {
  const { evidence } = decideVerdict({ ...nobody, writers: [writer] });
  expect(evidence.map(({ kind, bearing }) => `${kind} ${bearing}`)).toEqual(['descriptor against']);
  expect(evidence[0]!.message).toMatch(/ open for writing, so it may still change this tree$/);
});

describe('remedies', () => {
  it('never say the same line twice, and end nobody whose tree isn’t known', () => {
    const { container: _, engine: __, ...alone } = other;
    const unknown = [1, 2].map((pid) => ({ ...alone, pid, serves: 'unknown' as const }));
    const asked = [3, 4].map((pid) => ({
      ...alone,
      pid,
      content: { state: 'unasked', detail: '401', login: true } as const,
    }));
    const { remedies } = explainRefusal(
      decideVerdict({ ...nobody, registries: [...unknown, ...asked] }),
    );
    expect(remedies.join('\n')).not.toMatch(/\bkill\b/);
    expect(new Set(remedies).size).toBe(remedies.length);
    expect(remedies).toHaveLength(5);
  });
});

describe('unreadable processes', () => {
  const of = (pid: number, what: string) => ({
    message: `${what} of process ${pid} (p${pid}) can't be read`,
    remedy: 'as root',
    pid,
    command: `p${pid}`,
  });
  const other = { message: 'no pid' };

  it('are one line, with a count', () => {
    const found = [1, 2, 3, 4].flatMap((pid) => [of(pid, 'the open files'), of(pid, 'the mounts')]);
    expect([
      foldUnreadable([...found, other]),
      foldUnreadable(found.slice(0, 4)),
      foldUnreadable(found.slice(0, 2)),
      foldUnreadable([other]),
      foldUnreadable([]),
    ]).toEqual([
      [{ message: "4 processes can't be read: 1 p1, 2 p2, 3 p3, …", remedy: 'as root' }, other],
      [{ message: "2 processes can't be read: 1 p1, 2 p2", remedy: 'as root' }],
      [found[0]],
      [other],
      [],
    ]);
  });
});
