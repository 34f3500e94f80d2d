/** A sweep by the image, with the registry stopped and started on the host. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Output, run } from '../../harness/process.js';
import { CHANGE, type ImageScene, SELECT } from './image-scene.js';

export function sweepsOnHost(name: 'docker' | 'podman', scene: ImageScene): void {
  it('sweeps with the registry stopped and started on the host', async () => {
    await scene.serve();
    const before = scene.tree();
    const sweep = ['sweep', scene.root, ...SELECT, ...CHANGE];
    const refused = await scene.regsweep(...sweep);
    const [, stop, , start] = scene.commands;
    const remedy = `--stop-command '${stop}' --start-command '${start}'`;
    expect([refused.code, refused.stderr]).toEqual([12, expect.stringContaining(remedy)]);
    expect(scene.tree()).toEqual(before);
    const swept = await scene.regsweep(...sweep, '--format', 'json', ...scene.commands);
    expect([swept.stderr, swept.code]).toEqual([expect.anything(), 0]);
    expect(JSON.parse(swept.stdout)).toMatchObject({ state: 'done', guard: 'stopped' });
    expect(scene.tree()).not.toEqual(before);
    expect(await scene.status()).toBe('running');
    await scene.engine.cli('stop', 'registry');
    const back = await scene.regsweep('trash', 'restore', scene.root, ...CHANGE);
    expect([back.stderr, back.code]).toEqual([expect.anything(), 0]);
    expect(scene.tree()).toEqual(before);
  });

  it('deletes, as the cache of the stopped registry is known by its engine', async () => {
    await scene.serve();
    const sweep = ['sweep', scene.root, ...SELECT, ...CHANGE, '--delete', '--format', 'json'];
    const swept = await scene.regsweep(...sweep, ...scene.commands);
    expect([swept.stderr, swept.code]).toEqual([expect.anything(), 0]);
    expect(JSON.parse(swept.stdout)).toMatchObject({ state: 'done', guard: 'stopped' });
    expect(await scene.status()).toBe('running');
  });

  // The README's lines are Docker's.
  if (name !== 'docker') return;
  it('does what the lines of the README say, pasted', async () => {
    await scene.serve();
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain('\ndocker build -f packaging/Dockerfile -t regsweep .\n'); // done by the scene
    const [, alias] = /^alias regsweep='(.*)'$/m.exec(readme)!;
    const lines = readme.match(/^regsweep .*\/docker\/volumes\/.*$/gm) ?? [];
    expect(lines).toHaveLength(2);
    const outputs: Output[] = [];
    for (const line of lines) {
      // No terminal here: what is asked there is answered, and new things are old enough.
      const here = line
        .replace(/^regsweep/, alias!)
        .replace(' -it ', ` -e REGSWEEP_HOST_PID=${process.pid} -e DOCKER_HOST `)
        .replace('/var/lib/docker/volumes/registry/_data', scene.root);
      const flags = line.includes(' sweep ') ? [...SELECT, ...CHANGE] : ['-m', '--min-age', '0s'];
      const pasted = [here, ...flags].join(' ');
      outputs.push(await run('sh', ['-c', pasted], { env: scene.engine.env }));
    }
    const [shown, swept] = outputs;
    expect([shown!.code, shown!.stdout]).toEqual([0, expect.stringContaining('8 repositories')]);
    expect([swept!.stderr, swept!.code]).toEqual([expect.anything(), 0]);
    expect(swept!.stdout).toMatch(/quarantine/);
    expect(await scene.status()).toBe('running');
  });
}
