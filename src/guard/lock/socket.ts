/**
 * The lock for hosts without flock(1): a socket at a fixed path, which only one process can have.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { fsPath } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';

const NAME = 'lock.sock';

/**
 * Binds a socket at a unique name, then links it to the common name. The link fails if that exists.
 * The socket of a process that ended refuses connections and is moved aside. If it answers after
 * all, it is put back.
 * @returns `held` if another process has the lock
 * @throws system errors
 */
export async function acquireSocket(
  folder: string,
): Promise<{ release(): Promise<void> } | 'held'> {
  const directory = fs.openSync(fsPath(folder), fs.constants.O_DIRECTORY);
  // A socket path has at most 107 bytes; through the descriptor it is short.
  const at = (name: string): string => `/proc/self/fd/${directory}/${name}`;
  const unique = `lock.${process.pid}.${randomBytes(6).toString('hex')}`;
  const server = await listen(at(`${unique}.sock`));
  const close = (): Promise<void> =>
    new Promise((resolve) =>
      server.close(() => {
        fs.closeSync(directory);
        resolve();
      }),
    );
  try {
    if (!(await claim(at, unique))) {
      await close();
      return 'held';
    }
  } catch (error) {
    await close();
    throw error;
  }
  server.unref();
  return {
    release: async () => {
      fs.unlinkSync(at(NAME));
      await close();
    },
  };
}

function listen(path: string): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

async function claim(at: (name: string) => string, unique: string): Promise<boolean> {
  if (tryLink(at(`${unique}.sock`), at(NAME))) return true;
  if (await answers(at(NAME))) return false;
  const aside = at(`${unique}.old`);
  if (!tryRename(at(NAME), aside)) return tryLink(at(`${unique}.sock`), at(NAME));
  if (await answers(aside)) {
    tryLink(aside, at(NAME));
    fs.unlinkSync(aside);
    return false;
  }
  fs.unlinkSync(aside);
  return tryLink(at(`${unique}.sock`), at(NAME));
}

function tryLink(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Whether a process may listen there. Only a refused connection or a missing file says no. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      resolve(errnoOf(error) !== 'ECONNREFUSED' && errnoOf(error) !== 'ENOENT');
    });
  });
}
