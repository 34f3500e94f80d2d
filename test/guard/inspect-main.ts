/** Prints the verdict on the tree in argv: for a look from within a namespace. */
import fs from 'node:fs';
import { inspect } from '../../src/guard/index.js';
import { settings } from './support.js';

const rootDirectory = process.argv[2]!;
const v2 = `${rootDirectory}/docker/registry/v2`;
const { dev, ino } = fs.statSync(v2, { bigint: true });
const verdict = await inspect(
  {
    rootDirectory,
    v2,
    device: Number(dev),
    inode: String(ino),
    filesystemId: 'test',
    viaSymlink: false,
  },
  settings(),
);
const against = verdict.evidence.filter((item) => item.bearing === 'against');
process.stdout.write(JSON.stringify([verdict.state, ...against.map((item) => item.kind)]));
