/** Takes the lock of the tree in argv and waits for its end. */
import { acquireLock } from '../../src/guard/lock/lock.js';
import { openTree } from '../../src/storage/tree.js';

await acquireLock(await openTree(process.argv[2]!), 'other');
process.stdout.write('locked\n');
process.stdin.resume();
