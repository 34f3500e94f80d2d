/** A verifying thread. It receives batches of blobs and sends the answers in the same order. */
import { parentPort, workerData } from 'node:worker_threads';
import { BlobHasher } from './hash-file.js';
import { Shared } from './throttle.js';
import type { VerifySetup, VerifyTask } from './types.js';

const setup = workerData as VerifySetup;
const hasher = new BlobHasher(setup, new Shared(setup.shared));

parentPort!.on('message', (tasks: readonly VerifyTask[]) => {
  parentPort!.postMessage(tasks.map((task) => hasher.check(task)));
});
