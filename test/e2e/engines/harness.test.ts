/** The engines that the other tests of this folder stand on do what they are taken for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildRegistryImage,
  type Engine,
  REGISTRY_IMAGE,
  startDocker,
  startPodman,
} from '../../harness/engines.js';
import { freePort } from '../../harness/ports.js';
import { needs } from '../../harness/require.js';

describe.each([
  { name: 'docker' as const, begin: startDocker },
  { name: 'podman' as const, begin: startPodman },
])('$name', ({ name, begin }) => {
  describe('a registry in it', needs('root', 'mounts', 'registry', name), () => {
    let engine: Engine;

    beforeAll(async () => {
      engine = await begin();
      await buildRegistryImage(engine);
    });
    afterAll(() => engine?.stop());

    it('answers, is stopped by its name, starts again, and keeps its volume', async () => {
      const at = await engine.volume('images');
      const port = await freePort();
      const address = ['-e', `REGISTRY_HTTP_ADDR=127.0.0.1:${port}`];
      const mount = ['-v', 'images:/var/lib/registry'];
      await engine.run('--name', 'registry', ...address, ...mount, REGISTRY_IMAGE);
      await answers(port, 200);
      await engine.cli('stop', 'registry');
      await answers(port, 0);
      expect(await engine.cli('inspect', '-f', '{{.State.Status}}', 'registry')).toBe('exited');
      await engine.cli('start', 'registry');
      await answers(port, 200);
      expect(at.startsWith('/')).toBe(true);
      expect(await engine.cli('inspect', '-f', '{{(index .Mounts 0).Source}}', 'registry')).toBe(
        at,
      );
    });
  });
});

async function answers(port: number, status: number): Promise<void> {
  const until = Date.now() + 15_000;
  let last = -1;
  while (last !== status && Date.now() < until) {
    last = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      (answer) => answer.status,
      () => 0,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(last).toBe(status);
}
