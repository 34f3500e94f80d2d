/** Container engines that answer badly, or that are somebody else's: told, never in the way. */
import http from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askEngines } from '../../src/guard/engines/containers-with-tree.js';
import { engineSockets } from '../../src/guard/engines/sockets.js';
import { guardedPlaces } from '../../src/guard/host/guarded-folders.js';
import { Proc } from '../../src/guard/host/procfs.js';
import { newGuardMemory } from '../../src/guard/index.js';
import { makeTree, removeTree, settings } from './support.js';

async function engineThat(answer: http.RequestListener) {
  const tree = makeTree();
  const socket = `${tree.rootDirectory}/engine.sock`;
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests++;
    expect(request.method).toBe('GET');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = `unix://${socket}`;
  onTestFinished(async () => {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    removeTree(tree);
  });
  const proc = new Proc('/proc');
  const given = settings({ memory: newGuardMemory() });
  const ask = async (again = true) => {
    const places = guardedPlaces(proc, tree, undefined);
    const answers = await askEngines(proc, tree, places, given, again);
    return answers.find((one) => one.socket === socket);
  };
  return { tree, socket, ask, requests: () => requests };
}

const long = 'x'.repeat(1 << 20);

describe('an engine', () => {
  it.each<[string, http.RequestListener, RegExp]>([
    ['that never answers', () => undefined, /^no answer in 2 s$/],
    ['that is no engine', (_, response) => response.end('<html>'), /not JSON/],
    ['that fails', (_, response) => response.writeHead(500).end('{}'), /HTTP 500/],
    ['that answers with something else', (_, response) => response.end('{}'), /unknown form/],
    [
      'that hangs up midway',
      (_, response) => {
        response.write('[');
        setTimeout(() => response.destroy(), 20);
      },
      /abort|hang up|ECONNRESET/,
    ],
    [
      'that answers without end',
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(long));
        };
        response.on('drain', more);
        more();
      },
      /too long/,
    ],
  ])('%s is told, and not asked again', async (_, answer, why) => {
    const { ask, requests } = await engineThat(answer);
    const began = performance.now();
    const told = await ask();
    expect(performance.now() - began).toBeLessThan(4000);
    expect(told).toMatchObject({ names: [], containers: [] });
    expect(told?.silent).toMatch(why);
    const asked = requests();
    expect([await ask(), await ask(false)]).toEqual([told, told]);
    expect(requests()).toBe(asked);
  });

  it('is found by the environment, as the client finds it', async () => {
    const { tree, socket } = await engineThat((_, response) => response.end());
    const found = engineSockets(new Proc('/proc'), tree, { CONTAINER_HOST: `unix://${socket}` });
    expect(found).toContainEqual({ path: socket, isDefault: true, isTrusted: true });
    const without = engineSockets(new Proc('/proc'), tree, { DOCKER_HOST: 'tcp://127.0.0.1:2375' });
    expect(without.map(({ path }) => path)).not.toContain(socket);
  });
});
