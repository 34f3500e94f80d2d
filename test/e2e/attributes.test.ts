/** Folders that go and come back keep their ACLs and other attributes, and the registry its access. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import { RegistryClient } from '../harness/client.js';
import { dockerImage } from '../harness/images.js';
import { Random } from '../harness/random.js';
import { withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, restore, SELECT, serve, sweep } from './world.js';

const CHANGE = ['--yes', '--quiet-window', '200ms', '--format', 'json'];
const USER = 4711;

/** Of every folder: owner, mode, ACLs, default ACLs and all other extended attributes. */
function attributesOf(root: string): string[] {
  const all = (command: string, ...flags: string[]): string =>
    execFileSync(command, [...flags, 'docker'], { cwd: root, encoding: 'utf8' });
  const acls = all('getfacl', '-R', '-p').split('\n\n');
  const more = all('getfattr', '-R', '-h', '-d', '-m', '-').split('\n\n');
  return [...acls, ...more].sort();
}

const need = needs('registry', 'guard', 'acl');

describe('a tree that its registry reaches by ACLs alone', need, () => {
  it('is served after rm and restore as before, and each folder is as it was', async () => {
    const root = join(await tempFolder(), 'root');
    await serve(root, async (client) => {
      await client.push('team/app', dockerImage(new Random('one')), 'v1');
      await client.push('other', dockerImage(new Random('two')), 'v1');
    });
    execFileSync('chmod', ['-R', 'go=', root]);
    execFileSync('setfacl', ['-m', `u:${USER}:r-x`, root]);
    execFileSync('setfacl', ['-R', '-m', `u:${USER}:rwX`, join(root, 'docker')]);
    execFileSync('setfacl', ['-R', '-d', '-m', `u:${USER}:rwX,g:99:r-x`, join(root, 'docker')]);
    for (const folder of fs.readdirSync(join(root, 'docker/registry/v2/blobs/sha256'))) {
      const path = join(root, 'docker/registry/v2/blobs/sha256', folder);
      execFileSync('setfattr', ['-n', 'user.backup', '-v', folder, path]);
    }
    fs.chmodSync(join(root, '..'), 0o711);
    // Its configuration, the last argument, is root's alone otherwise.
    const open = 'for c; do :; done; chmod 755 "$(dirname "$c")"; chmod 644 "$c"; exec ';
    const become = `setpriv --reuid ${USER} --regid ${USER} --clear-groups "$@"`;
    const asUser = { wrapper: ['sh', '-c', open + become, '-'] };
    const pulled = await withRegistry(
      root,
      ({ url }) => new RegistryClient(url).pullEverything(),
      asUser,
    );
    const before = attributesOf(root);
    const removed = await regsweep(['rm', 'team/app', '--root', root, ...SELECT, ...CHANGE]);
    expectCode(removed, 0);
    expectCode(await sweep(root, '-m'), 0);
    expect(fs.existsSync(join(root, 'docker/registry/v2/repositories/team'))).toBe(false);
    expectCode(await restore(root), 0);
    expect(attributesOf(root)).toEqual(before);
    const again = await withRegistry(
      root,
      ({ url }) => new RegistryClient(url).pullEverything(),
      asUser,
    );
    expect(again).toEqual(pulled);
    expect(pulled.size).toBe(2);
  });
});
