/**
 * A process of its own that swaps a folder for a symbolic link, back and forth, as fast as it
 * can. Told `{ place, outside }` over IPC it starts; told anything else it puts the folder back
 * and answers with the number of swaps.
 */
import fs from 'node:fs';

let current;
let swaps = 0;

function swap() {
  if (current === undefined) return;
  const { place, outside } = current;
  for (let i = 0; i < 20; i++) {
    try {
      fs.renameSync(place, `${place}.aside`);
      fs.symlinkSync(outside, place);
      swaps += 1;
      fs.unlinkSync(place);
      fs.renameSync(`${place}.aside`, place);
    } catch (error) {
      // The sweep took the folder away, or put one in its place, meanwhile.
      if (error.code === 'ENOENT') return settle();
    }
  }
  setImmediate(swap);
}

/** Whatever was set aside goes back, unless something stands there. */
function settle() {
  const { place } = current ?? {};
  if (place === undefined) return;
  const there = fs.lstatSync(place, { throwIfNoEntry: false });
  if (there?.isSymbolicLink()) fs.unlinkSync(place);
  const aside = fs.existsSync(`${place}.aside`);
  if (aside && (there === undefined || there.isSymbolicLink()))
    fs.renameSync(`${place}.aside`, place);
}

process.on('message', (message) => {
  if (message.place !== undefined) {
    current = message;
    swaps = 0;
    swap();
    process.send({ started: true });
    return;
  }
  settle();
  current = undefined;
  process.send({ swaps });
});
