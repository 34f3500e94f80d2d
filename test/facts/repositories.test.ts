/** Repositories are found wherever and however they are called; what hides one is said. */
import { describe, expect, it } from 'vitest';
import { scanNamespace } from '../../src/facts/scan/namespaces.js';
import { refusalError, refusals } from '../../src/plan/check.js';
import { planTotalsOf } from '../../src/plan/totals.js';
import type { Digest } from '../../src/storage/digest.js';
import { DiskReader, type SyncFs } from '../../src/storage/disk-reader.js';
import * as layout from '../../src/storage/layout.js';
import { RegsweepError } from '../../src/util/errors.js';
import {
  factsOf,
  faulty,
  findingsOf,
  gone,
  outcome,
  planOf,
  repositoryOf,
  Store,
  smallImage,
} from './helpers.js';

const names = ({ facts }: { facts: { repositories: readonly { name: string }[] } }): string[] =>
  facts.repositories.map(({ name }) => name);

it('at any depth, nested, and with odd names', async () => {
  const store = new Store();
  const odd = [
    'a',
    'a/b',
    'a/b/c/d/e/f/g',
    'UPPER',
    '__proto__',
    'constructor',
    'new\nline',
    '\u001b[31mred',
    '\u202ertl',
    'ä/ö',
    'x'.repeat(255),
    '_underscore',
    '_layers',
    '_uploads',
    '_manifests',
    'n/_layers',
    'n/_uploads',
    '.hidden',
    'lost+found',
  ];
  for (const name of odd) smallImage(store, name, `image of ${name}`, ['v1']);
  const garbage = store.layer('a', 'garbage');
  const result = await outcome(store, { deleteUntagged: true });
  expect(gone(result)).toEqual([garbage]);
  expect(result.lines).toEqual([
    `layer-link ${layout.layerPath('a', garbage)}`,
    `blob ${layout.blobPath(garbage)}`,
  ]);
});

it.each(['_layers', '_manifests', '_uploads'])(
  'a dead repository doesn’t take along one that is called %s and lies in it',
  async (part) => {
    for (const name of [part, `dead/${part}`]) {
      const store = new Store();
      smallImage(store, name, 'image', ['v1']);
      const { lines } = await outcome(store);
      expect(lines).toEqual([]);
    }
  },
);

describe('behind symbolic links', () => {
  const moved = async (place: string) => {
    const store = new Store();
    smallImage(store, 'team/app', 'image', ['v1']);
    smallImage(store, 'team/app', 'untagged');
    smallImage(store, 'team/app/nested', 'nested', ['v1']);
    store.folder('repositories/team/app/dead/_uploads');
    smallImage(store, 'other', 'other', ['v1']);
    store.layer('team/app/nested', 'loose');
    store.mem.renameSync(`${store.v2}/${place}`, '/elsewhere');
    store.symlink(place, '/elsewhere');
    return store;
  };

  it.each(['repositories', 'repositories/team', 'repositories/team/app'])(
    '%s: everything is found and nothing goes',
    async (place) => {
      const result = await outcome(await moved(place), { deleteUntagged: true });
      expect(names(result)).toEqual(['other', 'team/app', 'team/app/dead', 'team/app/nested']);
      expect(result.lines).toEqual([]);
    },
  );

  it.each(['_manifests', '_manifests/revisions', '_manifests/tags', '_layers', '_layers/sha256'])(
    '%s: nothing of that repository goes',
    async (part) => {
      const result = await outcome(await moved(`repositories/team/app/${part}`), {
        deleteUntagged: true,
      });
      expect(repositoryOf(result.facts, 'team/app').immovable).toContain('symbolic link');
      expect(result.lines.filter((line) => line.includes('team/app/_'))).toEqual([]);
    },
  );

  it('a loop ends', async () => {
    const store = new Store();
    smallImage(store, 'a/b', 'image', ['v1']);
    store.symlink('repositories/a/b/up', `${store.v2}/repositories/a`);
    store.symlink('repositories/self', `${store.v2}/repositories/self`);
    const result = await outcome(store);
    expect(names(result)).toEqual(['a/b']);
    expect(findingsOf(result.facts)).toEqual([
      'symlink-loop repositories/a/b/up',
      'symlink-loop repositories/self',
      'symlinked repositories/a/b/up',
    ]);
    expect(result.lines).toEqual([]);
    expect(result.facts.linked.covers('repositories/a')).toBe(false);
  });

  it('a link that can’t be followed to its end refuses every plan', async () => {
    const store = new Store();
    smallImage(store, 'a', 'image', ['v1']);
    store.symlink('repositories/c', `${store.v2}/repositories/a`);
    const fs = { ...store.mem } as unknown as SyncFs;
    const failing: SyncFs = Object.assign(Object.create(store.mem), fs, {
      realpathSync: () => {
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      },
    });
    const { findings } = await factsOf(failing);
    expect(findings.unsafe()).toEqual([
      { code: 'unreadable-folder', path: 'repositories/c', detail: 'EIO' },
    ]);
  });

  it('what a link leads to is noted, whatever it stands for', async () => {
    const store = new Store();
    smallImage(store, 'a/b', 'image', ['v1']);
    store.symlink('repositories/c', `${store.v2}/repositories/a`);
    store.symlink(`${layout.tagPath('a/b', 'v2')}/current`, '../v1/current');
    store.symlink('repositories/elsewhere', '/elsewhere');
    const { linked } = (await outcome(store)).facts;
    expect([linked.covers('repositories/a'), linked.covers(layout.tagPath('a/b', 'v1'))]).toEqual([
      true,
      true,
    ]);
    expect([linked.covers('repositories/c'), linked.covers('repositories/elsewhere')]).toEqual([
      false,
      false,
    ]);
  });
});

describe('a folder that can’t be seen refuses every plan', () => {
  const limits = { maxDelete: 1, allowShrunk: false, unmounted: [] };
  const store = (): Store => {
    const made = new Store();
    smallImage(made, 'team/app', 'image', ['v1']);
    made.tag('team/app', 'v1', smallImage(made, 'team/app', 'second').manifest);
    made.upload('team/app', 'id', 'data');
    made.layer('team/app', 'garbage');
    made.folder('repositories/dead/_layers/sha256');
    return made;
  };
  const refusal = async (fs: SyncFs): Promise<{ error: unknown; codes: string[] }> => {
    const { facts, marks, actions } = planOf(await factsOf(fs));
    const totals = planTotalsOf(actions.map((action) => ({ action, seen: [] })));
    let error: unknown;
    try {
      for (const one of refusals(facts, marks, totals, limits)) throw refusalError(one);
    } catch (caught) {
      error = caught;
    }
    return { error, codes: facts.findings.codes() };
  };
  const app = 'repositories/team/app';
  const folders = [
    'blobs$',
    'blobs/sha256$',
    'blobs/sha256/[0-9a-f]{2}$',
    'repositories$',
    'repositories/team$',
    `${app}$`,
    `${app}/_manifests$`,
    `${app}/_manifests/revisions$`,
    `${app}/_manifests/revisions/sha256$`,
    `${app}/_manifests/tags$`,
    `${app}/_manifests/tags/v1/index$`,
    `${app}/_manifests/tags/v1/index/sha256$`,
    `${app}/_layers$`,
    `${app}/_layers/sha256$`,
    `${app}/_uploads$`,
    `${app}/_uploads/id$`,
  ];

  it('none of them without a fault', async () => {
    expect(await refusal(store().mem as unknown as SyncFs)).toEqual({
      error: undefined,
      codes: [],
    });
  });

  it.each(folders.flatMap((path) => [[path, 'EACCES'] as const, [path, 'EIO'] as const]))(
    'readdir %s: %s',
    async (path, errno) => {
      const fs = faulty(store().mem, 'readdirSync', new RegExp(`/v2/${path}`), errno);
      const { error, codes } = await refusal(fs);
      expect(error).toBeInstanceOf(RegsweepError);
      expect((error as RegsweepError).code).toBe('facts-refused');
      expect((error as RegsweepError).message).toContain(errno);
      expect(codes).toContain('unreadable-folder');
    },
  );

  it.each(folders.slice(0, 10))('stat %s', async (path) => {
    const fs = faulty(store().mem, 'statSync', new RegExp(`/v2/${path}`), 'EIO');
    expect((await refusal(fs)).error).toBeInstanceOf(RegsweepError);
  });

  it('a silent empty listing contradicts the link count', async () => {
    const fs = faulty(store().mem, 'readdirSync', /repositories\/team$/, () => []);
    const lying = faulty(fs as never, 'statSync', /repositories\/team$/, (real) =>
      Object.assign(real() as object, { nlink: 3 }),
    );
    const { codes, error } = await refusal(lying);
    expect(codes).toEqual(['listing-contradiction']);
    expect(error).toBeInstanceOf(RegsweepError);
  });

  it('a dangling symbolic link', async () => {
    const made = store();
    made.symlink('repositories/gone', '/not/mounted');
    const { codes, error } = await refusal(made.mem as unknown as SyncFs);
    expect(codes).toEqual(['dangling-symlink']);
    expect(error).toBeInstanceOf(RegsweepError);
  });

  it('one sample is enough, and none asked for is one', async () => {
    const fs = faulty(store().mem, 'readdirSync', /_uploads$/, 'EIO');
    const facts = await factsOf(fs, { keepFindings: 0 });
    expect(facts.findings.unsafe()).toHaveLength(1);
  });
});

it('a file that can’t be read keeps its repository, and doesn’t stop the scan', async () => {
  for (const [call, where] of [
    ['openSync', /tags\/v1\/current\/link$/],
    ['openSync', /revisions\/sha256\/\w+\/link$/],
    ['openSync', /\/data$/],
    ['readSync', /./],
  ] as const) {
    const store = new Store();
    smallImage(store, 'app', 'image', ['v1']);
    store.layer('app', 'loose');
    const fs =
      call === 'openSync'
        ? faulty(store.mem, call, where, 'EIO')
        : faulty(store.mem, call, /^\d+$/, 'EIO');
    const { facts, lines } = planOf(await factsOf(fs));
    expect(repositoryOf(facts, 'app').keepAllReason).toContain('EIO');
    expect(lines).toEqual([]);
  }
});

it('links of an unknown algorithm keep what they name', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const old = store.blob('an old layer');
  store.link('repositories/app/_layers/tarsum.v1/sha256/abcdef', old);
  store.layer('app', 'loose');
  const { facts, lines } = await outcome(store);
  expect(lines).toEqual([]);
  expect(repositoryOf(facts, 'app').keepAllReason).toContain('unknown digest algorithm');
});

it('a mount anywhere in a repository’s parts keeps it where it is', () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const reader = new DiskReader(`${store.v2}`, store.mem as unknown as SyncFs);
  const immovable = (...mounts: string[]): string | undefined =>
    scanNamespace({ reader, device: 0, ageByMtime: false, mounts }, 'app', undefined).immovable;
  const app = 'repositories/app';
  expect(immovable()).toBeUndefined();
  expect(immovable('repositories/apple', 'blobs/sha256', `${app}/nested`)).toBeUndefined();
  expect(immovable('repositories')).toContain('on a mount inside the tree');
  expect(immovable(app)).toContain('on a mount inside the tree');
  expect(immovable(`${app}/_layers`)).toContain('on a mount inside the tree');
  expect(immovable(`${app}/_manifests/tags/v1/current`)).toContain('contains a mount point');
});

it('a folder with more links than one task takes is read to its end', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const count = 9000;
  for (let i = 0; i < count; i++) {
    const hex = (i * 2_654_435_761).toString(16).padStart(64, '0');
    store.layerLink('app', `sha256:${hex}` as Digest);
  }
  const result = await outcome(store);
  expect(repositoryOf(result.facts, 'app').layers).toHaveLength(count + 2);
  const paths = result.actions.map(({ path }) => path);
  expect(paths).toHaveLength(count);
  expect(paths).toEqual([...paths].sort());
});

it.each(['_manifests', '_layers', '_uploads', '_manifests/tags', '_manifests/revisions/sha256'])(
  'something else where the folder %s belongs hides what was in it',
  async (part) => {
    const make: ((store: Store, path: string) => unknown)[] = [
      (store, path) => store.mem.writeFileSync(`${store.v2}/${path}`, 'x'),
      (store, path) => store.symlink(path, '/r/file'),
    ];
    for (const put of make) {
      const store = new Store();
      smallImage(store, 'app', 'image', ['v1']);
      const path = `repositories/app/${part}`;
      store.mem.writeFileSync('/r/file', 'x');
      store.mem.rmSync(`${store.v2}/${path}`, { recursive: true, force: true });
      put(store, path);
      const facts = await store.facts();
      expect(facts.findings.unsafe()).toContainEqual(
        expect.objectContaining({ code: 'unreadable-folder', path, detail: 'not a folder' }),
      );
    }
    const above = new Store();
    smallImage(above, 'app', 'image', ['v1']);
    above.file(`repositories/${part.replaceAll('/', '-')}`, 'x').file('repositories/_layers', 'x');
    expect((await above.facts()).findings.unsafe()).toEqual([]);
  },
);
