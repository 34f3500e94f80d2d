/** Pulls, from logs that the real registry and a real nginx before it write here. */
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { freePort } from '../harness/ports.js';
import { start } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { type RegistryOptions, withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { everything, expectCode, storeWith, sweep } from './world.js';

const DAY = 86_400_000;
const POLICY = `version: 1
repositories:
  - match: ["**"]
    rules:
      - { tags: ["*"], pulledWithin: 90d }
`;
const ECR = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: {
        tagStatus: 'any',
        countType: 'sinceImagePulled',
        countUnit: 'days',
        countNumber: 90,
      },
      action: { type: 'expire' },
    },
  ],
});

/** nginx with its log in a folder of its own, for as long as `work` takes. */
async function withNginx(
  folder: string,
  upstream: string,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const config = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
http { ${paths.join(' ')} access_log ${folder}/access.log combined; client_max_body_size 0;
server { listen 127.0.0.1:${port}; location / { proxy_pass http://${upstream}; proxy_set_header Host $http_host; } } }`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const nginx = start('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder]);
  try {
    const url = `http://127.0.0.1:${port}`;
    for (let i = 0; i < 200; i++) {
      if ((await fetch(`${url}/v2/`).catch(() => undefined))?.ok) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await work(url);
  } finally {
    await nginx.stop();
  }
}

/** As if everything had been pushed long ago. */
function makeOld(root: string, days: number): void {
  const folder = join(root, 'docker/registry/v2/repositories');
  const time = new Date(Date.now() - days * DAY);
  let seconds = 0;
  for (const path of readdirSync(folder, { recursive: true }) as string[]) {
    const moment = new Date(time.getTime() - 1000 * seconds++);
    if (path.endsWith('/link')) utimesSync(join(folder, path), moment, moment);
  }
}

/** The line of a log of today with the dates of earlier days: every second one of the last hundred. */
function olderLog(text: string): string {
  const line = text.split('\n').find((one) => one.includes('"GET /v2/ HTTP'))!;
  const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'.match(/.../g)!;
  return Array.from({ length: 60 }, (_, i) => {
    const day = new Date(Date.now() - (120 - 2 * i) * DAY);
    const date = `${String(day.getUTCDate()).padStart(2, '0')}/${months[day.getUTCMonth()]}/${day.getUTCFullYear()}`;
    return `${line.replace(/\[[^:]*:.{8} .{5}\]/, `[${date}:12:00:00 +0000]`)}\n`;
  }).join('');
}

interface World {
  readonly root: string;
  readonly folder: string;
  readonly list: images.Image;
  /** What the registry itself wrote. */
  readonly log: string;
  readonly nginx: string;
}

/** `app:used` and an index are pulled through nginx, `app:unused` isn't. */
async function world(log: RegistryOptions['log']): Promise<World> {
  const random = new Random('pulls');
  const list = images.manifestList([images.dockerImage(random), images.dockerImage(random)]);
  const root = await storeWith(async (client) => {
    await client.push('app', images.dockerImage(random), 'used');
    await client.push('app', images.dockerImage(random), 'unused');
    await client.push('app', list, 'multi');
  });
  const folder = await tempFolder();
  let text = '';
  await withRegistry(
    root,
    async ({ host, output }) => {
      await withNginx(folder, host, async (url) => {
        const client = new RegistryClient(url);
        for (const reference of ['used', list.children[0]!.manifest.digest]) {
          const answer = await fetch(`${url}/v2/app/manifests/${reference}`, {
            headers: { accept: Object.values(images.MEDIA).join(', ') },
          });
          expect(answer.status).toBe(200);
        }
        expect((await client.repositories()).length).toBe(1);
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      text = output();
    },
    { ...(log === undefined ? {} : { log }) },
  );
  makeOld(root, 110);
  return { root, folder, list, log: text, nginx: readFileSync(join(folder, 'access.log'), 'utf8') };
}

const pulls = async (...args: string[]) => regsweep(['pulls', ...args, '--format', 'json']);

describe('pulls', needs('registry', 'nginx', 'guard'), () => {
  it('what was not pulled within the time goes, an index of which a part was pulled stays', async () => {
    const { root, folder, nginx } = await world(undefined);
    const policy = join(folder, 'policy.yaml');
    writeFileSync(policy, POLICY);
    const refused = expectCode(await regsweep(['policy', 'preview', policy, root]), 64);
    expect(refused.stderr).toContain('no pulls are recorded');
    expect(refused.stderr).toContain('regsweep pulls import ACCESS-LOG');
    expect(expectCode(await pulls('show', root), 0).json).toMatchObject({
      since: null,
      records: 0,
    });

    const first = expectCode(await pulls('import', join(folder, 'access.log'), root), 0).json;
    expect(first).toMatchObject({
      records: 2,
      repositories: [{ repository: 'app', references: 2 }],
    });
    const short = expectCode(
      await regsweep(['policy', 'preview', policy, root, '--min-age', '0s', '--format', 'json']),
      0,
    );
    expect(short.json).toMatchObject({
      totals: { expiring: 0 },
      findings: [{ code: 'short-pull-records' }],
    });
    const kept = expectCode(await sweep(root, '--policy', policy), 0);
    expect(kept.stderr).toContain(
      'the policy asks for 90d: the rules that ask for pulls keep all their images',
    );

    writeFileSync(join(folder, 'older.log.gz'), gzipSync(olderLog(nginx)));
    expectCode(await pulls('import', join(folder, 'older.log.gz'), root), 0);
    const shown = expectCode(await pulls('show', root), 0).json as { covered: unknown[] };
    expect(shown.covered.length).toBe(1);

    const ecr = join(folder, 'ecr.json');
    writeFileSync(ecr, ECR);
    for (const file of [policy, ecr]) {
      const preview = await regsweep([
        'policy',
        'preview',
        file,
        root,
        '--min-age',
        '0s',
        '--format',
        'json',
      ]);
      expect(
        (expectCode(preview, 0).json as { expiring: { tags: string[] }[] }).expiring.map(
          ({ tags }) => tags,
        ),
      ).toEqual([['unused']]);
    }
    const before = await everything(root);
    expectCode(await sweep(root, '--policy', policy), 0);
    const after = await everything(root);
    expect([...before.keys()].filter((name) => !after.has(name))).toEqual(['app:unused']);
  });

  it.each(['text', 'json'] as const)(
    'the registry’s own log, as %s, says the same',
    async (formatter) => {
      const { root, folder, log, list } = await world({ level: 'info', formatter });
      const file = join(folder, 'registry.log');
      const wrapped = log
        .split('\n')
        .map((line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout' }));
      for (const text of [log, wrapped.join('\n')]) {
        writeFileSync(file, text);
        const report = expectCode(await pulls('import', file, root), 0).json;
        expect(report).toMatchObject({
          records: 2,
          repositories: [{ repository: 'app', references: 2 }],
        });
      }
      const piped = await regsweep(['pulls', 'import', '-', '--root', root, '--format', 'json'], {
        input: log,
      });
      expect(expectCode(piped, 0).json).toMatchObject({ records: 2 });
      const before = await regsweep(['pulls', 'import', '-', root, '--format', 'json'], {
        input: log,
      });
      expect(expectCode(before, 0).json).toMatchObject({ records: 2 });
      const records = readFileSync(join(root, '.regsweep/pulls.json'), 'utf8');
      const { app } = (JSON.parse(records) as { pulls: Record<string, Record<string, number>> })
        .pulls;
      expect(Object.keys(app!).sort()).toEqual([list.children[0]!.manifest.digest, 'used'].sort());
    },
  );

  it('what is no access log is an error, and is not counted as a time without pulls', async () => {
    const root = await storeWith((client) =>
      client.push('app', images.dockerImage(new Random('x')), 'v1'),
    );
    const folder = await tempFolder();
    const file = join(folder, 'other.log');
    writeFileSync(
      file,
      '10.0.0.1 - - [05/Nov/2026:23:36:15 +0000] "GET / HTTP/1.1" 200 528 "" "x"\n',
    );
    const refused = expectCode(await pulls('import', file, root), 1);
    expect(refused.stderr).toContain('no request to a registry was found');
    writeFileSync(file, gzipSync('x'.repeat(5000)).subarray(0, 20));
    expect(expectCode(await pulls('import', file, root), 1).stderr).toContain(
      'nothing was recorded',
    );
    expect(expectCode(await pulls('show', root), 0).stdout).toContain('"records": 0');
  });
});
