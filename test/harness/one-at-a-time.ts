/**
 * Set-up of the tests with registries, mounts and engines: one such file runs at a time on this
 * machine, since a mount of the whole host in one test is a holder of every other test's tree.
 */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';

/** A name that only one process can hold. The kernel frees it when that process ends. */
const NAME = '\0regsweep-system-tests';

/** @returns undefined where another process holds it */
function tryHold(): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(NAME, () => resolve(server));
  });
}

let held = await tryHold();
while (held === undefined) {
  await sleep(50);
  held = await tryHold();
}
held.unref();
const server = held;
afterAll(() => void server.close());
