/** Documented lines about containers, typed as they stand on a host that has this engine alone. */
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { REGISTRY_IMAGE } from '../../harness/engines.js';
import { copyFixture } from '../../harness/fixture.js';
import { freePort } from '../../harness/ports.js';
import { startHost, type ThrowawayHost } from '../../harness/throwaway-host.js';
import { DOCKER_ROWS, PODMAN_ROWS } from '../docs/engine.js';
import { check } from '../docs/rows.js';
import { SETTINGS } from '../docs/settings.js';
import type { ImageScene } from './image-scene.js';

export function typesDocumentedLines(name: 'docker' | 'podman', scene: ImageScene): void {
  it('does what each documented line says', { timeout: 180_000 }, async () => {
    const host = await startHost();
    try {
      await (name === 'docker' ? installDocker : installPodman)(host, scene);
      await host.put('/etc/regsweep.yaml', SETTINGS);
      copyFixture(host.at('/srv/registry'));
      await serve(scene);
      for (const row of name === 'docker' ? DOCKER_ROWS : PODMAN_ROWS) await check(host, row);
    } finally {
      await host.stop();
    }
  });
}

/** As `docker run -v registry:/var/lib/registry --name registry` on such a host. */
async function serve({ engine }: ImageScene): Promise<void> {
  copyFixture(await engine.volume('registry'));
  const address = ['-e', `REGISTRY_HTTP_ADDR=127.0.0.1:${await freePort()}`];
  const volume = ['-v', 'registry:/var/lib/registry'];
  await engine.run('--name', 'registry', ...address, ...volume, REGISTRY_IMAGE);
}

/**
 * The usual socket and folder lead to the engine. Its client is told besides that there is no
 * bridge, and which process stands for the host, as process 1 can't be entered everywhere.
 */
async function installDocker(host: ThrowawayHost, { engine }: ImageScene): Promise<void> {
  const data = await engine.cli('info', '-f', '{{.DockerRootDir}}');
  const client = `#!/bin/sh
export DOCKER_BUILDKIT=0
verb=$1
case "$verb" in
run) shift; set -- run -e REGSWEEP_HOST_PID=${host.pid} "$@" ;;
build) shift; set -- build --network=host "$@" ;;
esac
exec /usr/bin/docker "$@"
`;
  await host.put('/usr/local/bin/docker', client, 0o755);
  const script = [
    `ln -s ${engine.socket} /run/docker.sock`,
    `mkdir -p /var/lib/docker && mount --bind ${data} /var/lib/docker`,
  ];
  expect(await host.type(script.join('\n'))).toMatchObject({ code: 0 });
}

/** The harness's client enters the engine's mount namespace, which has not this host's /run. */
async function installPodman(host: ThrowawayHost, { engine }: ImageScene): Promise<void> {
  const client = `#!/bin/sh
[ "$1" = --url ] && exec /usr/bin/podman "$@"
exec ${dirname(engine.socket)}/bin/podman "$@"
`;
  await host.put('/usr/local/bin/podman', client, 0o755);
  const script = `mkdir -p /run/podman && ln -s ${engine.socket} /run/podman/podman.sock`;
  expect(await host.type(script)).toMatchObject({ code: 0 });
}
