/** A sweep by the image, with the registry stopped and started on the host. */
import { expect, it } from 'vitest';
import { CHANGE, type ImageScene, SELECT } from './image-scene.js';

export function sweepsOnHost(scene: ImageScene): void {
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
}
