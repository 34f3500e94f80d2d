/** What a registry serves is asked of it: its configuration alone clears nobody. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';
import { type RegistryOptions, type RegistryProcess, withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, storeWith, sweep, tidy } from './world.js';

/** A tagged image and one whose manifest was deleted. */
function store(seed: string): Promise<string> {
  const random = new Random(seed);
  const gone = images.dockerImage(random);
  return storeWith(async (client) => {
    await client.push('team/app', images.dockerImage(random), 'kept');
    await client.push('app', images.dockerImage(random), 'kept');
    await client.push('app', gone, 'gone');
    await client.deleteManifest('app', gone.manifest.digest);
  });
}

/** Folders get new times while a nonce is written and removed. */
const files = (root: string): Map<string, string> =>
  new Map([...snapshot(`${root}/docker`)].filter(([, text]) => !text.startsWith('4')));

const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'regsweep-elsewhere-'));

describe('a registry of this tree', needs('registry', 'guard', 'mounts'), () => {
  let root: string;
  let before: Map<string, string>;
  beforeEach(async () => {
    root = await store('guard-asked');
    before = files(root);
  });

  /** Nothing is swept beside it, and the refusal names it. */
  async function refused(
    options: RegistryOptions,
    after: (registry: RegistryProcess) => () => void = () => () => undefined,
    says = /(?:)/,
  ): Promise<void> {
    await withRegistry(
      root,
      async (registry) => {
        const undo = after(registry);
        try {
          for (const result of [await sweep(root), await tidy(root)]) {
            const { stderr } = expectCode(result, 12);
            expect(stderr).toContain(`registry process ${registry.pid} `);
            expect(stderr).toMatch(says);
          }
          expectCode(await regsweep(['guard', root, '--format', 'json']), 12);
        } finally {
          undo();
        }
      },
      options,
    );
    expect(files(root)).toEqual(before);
  }

  it.each([
    'REGISTRY_STORAGE_FILESYSTEM_rootdirectory',
    'REGISTRY_STORAGE_FILESYSTEM_RootDirectory',
    'REGISTRY_STORAGE_filesystem_rootdirectory',
  ])('by %s', async (name) => {
    await refused({ seenAs: emptyFolder(), env: { [name]: root } });
  });

  it.each([
    ['{rootdirectory: ELSEWHERE, <<: *here}'],
    ['{<<: *there, <<: *here}'],
    ['{<<: [*here, *there]}'],
  ])('by a later merge: %s', async (filesystem) => {
    const there = emptyFolder();
    const rewrite = (text: string): string => {
      const bases = `here: &here {rootdirectory: ${root}}\nthere: &there {rootdirectory: ${there}}\n`;
      const section = /filesystem:\n\s+rootdirectory: .*\n/;
      expect(text).toMatch(section);
      const own = `filesystem: ${filesystem.replace('ELSEWHERE', there)}\n`;
      return bases + text.replace(section, own);
    };
    await refused({ rewrite });
  });

  it('by a folder of its configuration that was exchanged since', async () => {
    const older = join(emptyFolder(), 'older');
    mkdirSync(older);
    await refused({}, ({ configPath }) => {
      const folder = dirname(configPath);
      writeFileSync(join(older, 'config.yml'), elsewhereConfig(emptyFolder()));
      renameSync(folder, `${folder}.new`);
      renameSync(older, folder);
      return () => {
        renameSync(folder, older);
        renameSync(`${folder}.new`, folder);
      };
    });
  });

  it('by a configuration that nothing tells from the one that it read', async () => {
    const older = join(emptyFolder(), 'config.yml');
    writeFileSync(older, elsewhereConfig(emptyFolder()));
    await refused(
      { rewrite: (text) => text },
      ({ configPath, port }) => {
        void port;
        execFileSync('mount', ['--bind', older, configPath]);
        return () => execFileSync('umount', [configPath]);
      },
      /serves this tree: it returns a blob just written here/,
    );
  });

  it('by a variable that stands twice in its environment', async () => {
    await refused({
      seenAs: emptyFolder(),
      wrapper: [
        'perl',
        '-e',
        EXEC_WITH,
        'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY',
        root,
        '/nowhere',
      ],
    });
  });

  it('in a network namespace of its own, where it is asked too', async () => {
    const older = join(emptyFolder(), 'config.yml');
    writeFileSync(older, elsewhereConfig(emptyFolder()));
    const config = join(emptyFolder(), 'config.yml');
    writeFileSync(config, elsewhereConfig(root));
    const script = `ip link set lo up; exec docker-registry serve ${config}`;
    const { start } = await import('../harness/process.js');
    const hidden = start('unshare', ['-n', 'sh', '-c', script]);
    try {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      execFileSync('mount', ['--bind', older, config]);
      const { stderr } = expectCode(await sweep(root), 12);
      expect(stderr).toContain(`registry process ${hidden.pid} `);
      expect(stderr).toContain('it returns a blob just written here');
    } finally {
      await hidden.stop('SIGKILL');
      execFileSync('umount', [config]);
    }
  });
});

/** What a registry needs to start that is never asked for its own. */
const elsewhereConfig = (root: string): string =>
  `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: '${root}'}}\nhttp: {addr: '127.0.0.1:5999'}\n`;

/** Runs the rest of its arguments with a variable that stands twice in the environment. */
const EXEC_WITH = `
  my ($name, $first, $second, @command) = @ARGV;
  my @words = map { "$_\\0" } @command;
  my ($path) = grep { -x } map { "$_/$command[0]" } split /:/, $ENV{PATH};
  my @env = map { "$_\\0" } ("$name=$first", "$name=$second", map { "$_=$ENV{$_}" } keys %ENV);
  my $argv = pack('P' x @words, @words) . pack('J', 0);
  my $envp = pack('P' x @env, @env) . pack('J', 0);
  my $number = \`uname -m\` =~ /x86_64/ ? 59 : 221;
  syscall($number, "$path\\0", $argv, $envp);
  die $!;
`;

describe('a registry of another tree', needs('registry', 'guard'), () => {
  let root: string;
  let other: string;
  beforeEach(async () => {
    [root, other] = [await store('guard-here'), await store('guard-elsewhere')];
  });

  const verdict = async (): Promise<unknown> => {
    const { json } = await regsweep(['guard', root, '--format', 'json']);
    return (json as { state: string }).state;
  };

  it.each<[string, () => string, RegistryOptions]>([
    ['with images of its own', () => other, {}],
    ['that is empty', emptyFolder, {}],
    ['that is read-only', () => other, { readOnly: true }],
    ['behind a prefix', () => other, { prefix: '/deep/' }],
    [
      'in memory',
      emptyFolder,
      { rewrite: (text) => text.replace(/filesystem:\n\s+rootdirectory: .*\n/, 'inmemory: {}\n') },
    ],
  ])('is no obstacle: %s', async (_, folder, options) => {
    await withRegistry(
      folder(),
      async () => {
        expect(await verdict()).toBe('stopped');
        expectCode(await sweep(root), 0);
      },
      options,
    );
  });

  it('is asked by name', async () => {
    const rewrite = (text: string): string => text.replace('level: warn', 'level: info');
    await withRegistry(
      other,
      async (registry) => {
        expect(await verdict()).toBe('stopped');
        expect(registry.output()).toMatch(/http.request.useragent="?regsweep-guard\/\d/);
      },
      { rewrite },
    );
  });

  it('is one where it doesn’t show what was just written here, though it has all the rest', async () => {
    const copy = join(await tempFolder(), 'copy');
    cpSync(root, copy, { recursive: true });
    await withRegistry(copy, async () => {
      expect(await verdict()).toBe('refused');
      const before = snapshot(`${root}/docker`);
      expectCode(await sweep(root, '--dry-run'), 0);
      expect(snapshot(`${root}/docker`)).toEqual(before);
      expectCode(await tidy(root), 0);
    });
    expect([...snapshot(`${root}/docker`).keys()].filter((name) => name.includes('nonce'))).toEqual(
      [],
    );
  });

  it('is not shown to be one behind a login, until one is given', async () => {
    const folder = await tempFolder();
    const htpasswd = join(folder, 'htpasswd');
    const password = join(folder, 'password');
    writeFileSync(htpasswd, `u:${BCRYPT_OF_P}\n`);
    writeFileSync(password, 'p\n');
    await withRegistry(
      other,
      async () => {
        const { stderr } = expectCode(await sweep(root), 12);
        expect(stderr).toContain('--registry-user');
        expect(stderr).not.toMatch(/\bkill\b/);
        const login = ['--registry-user', 'u', '--registry-password-file', password];
        expectCode(await sweep(root, ...login), 0);
      },
      { htpasswd },
    );
  });
});

const BCRYPT_OF_P = '$2y$05$abcdefghijklmnopqrstuuqwWMzKt5N8p.u2GX5MuH1t19BMWuLOW';
