/** Takes the lock of the tree in argv and waits for its end. */
import { acquireLock } from '../../src/guard/lock/lock.js';
import type { StorageTree } from '../../src/storage/port.js';

await acquireLock({ rootDirectory: process.argv[2]! } as StorageTree, 'other');
process.stdout.write('locked\n');
process.stdin.resume();
