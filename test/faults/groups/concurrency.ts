/** Others at work at each step of a run: a second regsweep, and the real registry with its clients. */
import fs from 'node:fs';
import { type PulledContent, RegistryClient } from '../../harness/client.js';
import * as images from '../../harness/images.js';
import { Random } from '../../harness/random.js';
import { type RegistryProcess, startRegistry, withRegistry } from '../../harness/registry.js';
import { cloneSwept } from '../adopt.js';
import { requireSane, V2 } from '../attack.js';
import { type Case, type Group, spread } from '../engine.js';
import { heldAt } from '../held.js';
import type { Lab, Step } from '../lab.js';
import { mustComeBack, mustHold } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';
import { changes, nameOf, type Point } from '../strace.js';

type Everything = Map<string, PulledContent>;

const everything = (root: string): Promise<Everything> =>
  withRegistry(root, ({ url }) => new RegistryClient(url).pullEverything());

/** A second run while the first is held at a rename: it finds the lock, and nothing suffers. */
async function second(lab: Lab, template: Template, first: Step, other: Step): Promise<number> {
  const target = lab.fresh('memory', 'two');
  const folder =
    first === 'sweep' ? clone(template, target) : await cloneSwept(lab, template, target);
  const root = `${folder}/root`;
  let said: Awaited<ReturnType<Lab['run']>> | undefined;
  const call = first === 'purge' ? 'unlink' : 'rename';
  const held = { call, when: 4, ms: 5000, folder };
  const traced = await heldAt(
    lab.argv('unguarded', first, root),
    `${folder}.log`,
    held,
    async () => {
      said = await lab.run('unguarded', other, root);
    },
  );
  if (said === undefined) return 0;
  if (said.code !== 11)
    throw new Error(`${other} during ${first}: exit ${said.code} ${said.stderr}`);
  if (traced.code !== 0) throw new Error(`${first}: exit ${traced.code} ${traced.stderr}`);
  const reversible = first !== 'purge';
  mustHold(template, folder, reversible);
  if (reversible) await mustComeBack(lab, template, folder);
  discard(folder);
  return 1;
}

/** What a client does while the sweep is held. @returns what can be pulled afterwards */
type Client = (client: RegistryClient, garbage: Buffer, random: Random) => Promise<void>;

const CLIENTS: Readonly<Record<string, Client>> = {
  'reads only': async (client) => void (await client.pullEverything()),
  'pushes what is new': (client, _, random) =>
    client.push('app', images.dockerImage(random), 'during'),
  'pushes with a layer that is going': (client, garbage, random) =>
    client.push(
      'app',
      images.dockerImage(random, [images.blobOf(garbage), images.randomLayer(random)]),
      'during',
    ),
  'retags and deletes': async (client, _, random) => {
    const image = images.dockerImage(random);
    await client.push('app', image, 'v1');
    await client.push('app', images.ociImage(random), 'latest');
    await client.deleteManifest('app', image.manifest.digest);
  },
};

async function whileSwept(
  lab: Lab,
  template: Template,
  held: Point,
  name: string,
  seed: string,
): Promise<number> {
  const folder = clone(template, lab.fresh('memory', 'live'));
  const root = `${folder}/root`;
  let registry: RegistryProcess | undefined;
  let expected: Everything | undefined;
  const argv = lab.argv('real', 'sweep', root);
  try {
    const ended = await heldAt(argv, `${folder}.log`, { ...held, ms: 5000, folder }, async () => {
      registry = await startRegistry(root, { cache: 'inmemory' });
      const client = new RegistryClient(registry.url);
      // What the sweep took already can't be named by a client: it may be answered an error.
      await CLIENTS[name]!(client, garbageIn(template), new Random(seed)).catch(() => undefined);
      expected = await client.pullEverything();
    });
    const { code = -1, stdout, stderr } = ended;
    requireSane({ code, stdout, stderr }, [0, 3, 12]);
    if (expected !== undefined && code === 0) throw new Error('the registry was not seen');
  } finally {
    await registry?.stop();
  }
  if (expected === undefined) return 0;
  await mustServe(lab, root, expected);
  discard(folder);
  return 1;
}

function garbageIn(template: Template): Buffer {
  const layers = [...template.tree.keys()].filter((name) => /^blobs\/.*\/data$/.test(name));
  const name = layers.find((layer) => !template.kept.includes(layer))!;
  return fs.readFileSync(`${template.folder}/${V2}/${name}`);
}

/** What was answered during the run is answered after it, or after one restore. */
async function mustServe(lab: Lab, root: string, expected: Everything): Promise<void> {
  const lacking = async (): Promise<string[]> => {
    const now = await everything(root);
    return [...expected].flatMap(([tag, content]) =>
      [...content]
        .filter(([digest, pulled]) => pulled && now.get(tag)?.get(digest)?.sha256 !== pulled.sha256)
        .map(([digest]) => `${tag} lacks ${digest}`),
    );
  };
  if ((await lacking()).length === 0) return;
  await lab.run('unguarded', 'restore', root);
  const still = await lacking();
  if (still.length > 0) throw new Error(still.join('\n    '));
}

export const concurrency: Group = {
  name: 'concurrency',
  full: 30,
  short: 4,
  alone: true,
  async cases(lab, count, random) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const pairs = (['sweep', 'restore', 'purge'] as const).flatMap((first) =>
      (['sweep', 'restore'] as const).map((other): Case => {
        const run = (): Promise<number> => second(lab, template, first, other);
        return { name: `${other} during ${first}`, run };
      }),
    );
    const some = pairs.slice(0, Math.max(1, Math.floor(count / 5)));
    const sample = clone(template, lab.fresh('memory', 'sample'));
    const argv = lab.argv('real', 'sweep', `${sample}/root`);
    const all = await changes(argv, `${sample}.log`, sample);
    discard(sample);
    // With its last record the run is over: nobody looks any more.
    const ofJournal = all.map(({ call, line }) => call === 'fsync' && /journal\.jsonl/.test(line));
    const during = all.slice(0, ofJournal.lastIndexOf(true));
    const points = during.filter(({ call }) => call === 'rename' || call === 'fsync');
    const names = Object.keys(CLIENTS);
    const live = spread(points.length, count - some.length, random).map((at, i): Case => {
      const point = points[at - 1]!;
      const name = names[i % names.length]!;
      const run = (): Promise<number> => whileSwept(lab, template, point, name, `live ${i}`);
      return { name: `at ${nameOf(point)} a client ${name}`, run };
    });
    return [...some, ...live];
  },
};
