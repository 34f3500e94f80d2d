/**
 * The address of a Redis server. The password is behind a function, so that it does not appear in
 * JSON or messages.
 */
import { usageError } from '../util/errors.js';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly database: number;
  readonly user?: string;
  readonly password?: () => string;
}

const PORT = 6379;

/** @returns the URL without user and password */
export const describeRedis = ({ host, port, tls, database }: RedisAddress): string =>
  `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;

/**
 * @param text `redis[s]://[[user]:password@]host[:port][/database]`
 * @throws RegsweepError `usage`; the message does not repeat the text, which may contain a password
 */
export function parseRedisUrl(text: string, source: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = url?.pathname.replace(/^\//, '') ?? '';
  const known = url?.protocol === 'redis:' || url?.protocol === 'rediss:';
  if (url === undefined || !known || url.hostname === '' || !/^\d{0,5}$/.test(database)) {
    throw usageError(
      `${source}: invalid Redis URL`,
      'write redis://host:6379/0, with rediss: for TLS and user:password@ before the host',
    );
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? PORT : Number(url.port),
    tls: url.protocol === 'rediss:',
    database: Number(database),
    ...login(decoded(url.username, source), decoded(url.password, source)),
  };
}

function decoded(text: string, source: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw usageError(`${source}: write "%" in the user or password as %25`);
  }
}

/**
 * @param addr `host:port`, as in the registry's configuration
 * @returns undefined if `addr` is invalid
 */
export function parseRedisAddr(
  addr: string,
  rest: Pick<RedisAddress, 'tls' | 'database'> & { user: string; password: string },
): RedisAddress | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:/[\]]*))(?::(\d{1,5}))?$/i.exec(addr);
  if (match === null) return undefined;
  const { tls, database, user, password } = rest;
  return {
    host: match[1] ?? (match[2] || 'localhost'),
    port: Number(match[3] ?? PORT),
    tls,
    database,
    ...login(user, password),
  };
}

function login(user: string, password: string): Pick<RedisAddress, 'user' | 'password'> {
  return {
    ...(user === '' ? {} : { user }),
    ...(password === '' ? {} : { password: () => password }),
  };
}
