/** Where `find` looks, on a made-up host, as its usual folders can't be written by everybody. */
import { Dirent } from 'node:fs';
import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { findPlaces } from '../../src/app/find/places.js';

const EACH_MS = 2;
const NEAR = '/srv/images';
const VOLUME = '/var/lib/docker/volumes/registry/_data';

/** Each folder of it has fifty, and reading one takes a while; two have a tree besides. */
function endlessHost() {
  let reads = 0;
  const namesIn = (path: string): string[] => {
    const below = [NEAR, VOLUME].flatMap((root) => {
      const tree = `${root}/docker/registry/v2`;
      return tree.startsWith(`${path}/`) ? [tree.slice(path.length + 1).split('/')[0]!] : [];
    });
    const isEndless = /^\/(?:srv|opt|data|mnt)(?:\/many\d+)*$/.test(path);
    return [...(isEndless ? Array.from({ length: 50 }, (_, at) => `many${at}`) : []), ...below];
  };
  const folder = (name: string) =>
    Object.assign(Object.create(Dirent.prototype), { name, isDirectory: () => true });
  type Done = (error: Error | null, entries: Dirent[]) => void;
  const readdir = (path: string, _: object, done: Done): void => {
    reads++;
    setTimeout(() => done(null, namesIn(posix.normalize(path)).map(folder)), EACH_MS);
  };
  return { readdir, reads: () => reads };
}

it('ends after a second in folders without end, with the volumes and what is near', async () => {
  const { readdir, reads } = endlessHost();
  const { places, complete } = await findPlaces([], { readdir } as never);
  expect({ places, complete }).toEqual({
    places: [
      { root: VOLUME, origin: 'docker volume' },
      { root: NEAR, origin: 'folder' },
    ],
    complete: false,
  });
  const until = reads();
  await new Promise((resolve) => setTimeout(resolve, 20 * EACH_MS));
  // What was being read then is the last.
  expect(reads()).toBeLessThan(until + 50);
});
