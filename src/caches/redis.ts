/**
 * A Redis server as a `KeyStore`. This module loads the client library, so it is imported only on
 * demand.
 */
import { createClient } from 'redis';
import { describeRedis, type RedisAddress } from '../registry-config/redis-address.js';
import { RegsweepError } from '../util/errors.js';
import type { KeyStore } from './flush.js';

const TIMEOUT_MS = 10_000;
const PAGE = 1000;

/**
 * Connects, runs `work`, and disconnects.
 * @throws RegsweepError `failed` if the server can't be reached, or rejects the login or a command.
 *   No message contains the password
 */
export async function withRedis<T>(
  address: RedisAddress,
  work: (store: KeyStore) => Promise<T>,
): Promise<T> {
  const client = clientFor(address);
  let broken: unknown;
  client.on('error', (error: unknown) => {
    broken = error;
  });
  try {
    await client.connect();
    await client.ping();
    return await work(storeOf(client));
  } catch (error) {
    if (error instanceof RegsweepError) throw error;
    throw failed(address, broken ?? error);
  } finally {
    if (client.isOpen) client.destroy();
  }
}

type Client = ReturnType<typeof clientFor>;

function clientFor({ host, port, tls, database, user, password }: RedisAddress) {
  const socket = {
    host,
    port,
    connectTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    reconnectStrategy: false as const,
  };
  return createClient({
    socket: tls ? { ...socket, tls: true as const } : socket,
    database,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password: password() }),
  });
}

function storeOf(client: Client): KeyStore {
  return {
    delete: (keys) => client.del([...keys]),
    removeMembers: (set, members) => client.sRem(set, [...members]),
    members: (set) => client.sScanIterator(set, { COUNT: PAGE }),
    field: async (hash, name) => (await client.hGet(hash, name)) ?? undefined,
  };
}

function failed(address: RedisAddress, error: unknown): RegsweepError {
  const why = error instanceof Error ? error.message || error.name : String(error);
  const secret = address.password?.();
  const shown = secret === undefined ? why : why.replaceAll(secret, '***');
  return new RegsweepError('failed', `Redis at ${describeRedis(address)}: ${shown}`, {
    remedy:
      'give the Redis server that the registry uses: --flush-redis redis://host:port/database',
  });
}
