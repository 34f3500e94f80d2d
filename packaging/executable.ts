/**
 * Writes bundle/regsweep-linux-<arch>, one executable with Node and the bundle: `npm run executable`.
 * It contains the Node that runs this script, or another architecture's of the same version:
 * `npm run executable -- --node PATH`.
 */
import { targetOf } from './architecture.js';
import { writeExecutable } from './single-executable.js';

const target = targetOf(process.argv.slice(2));
await writeExecutable(target, target.outfile);
