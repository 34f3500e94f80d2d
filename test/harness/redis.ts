/** Debian's redis-server on a free loopback port, with a password, in memory only. */
import { createClient } from 'redis';
import { freePort } from './ports.js';
import { run, start } from './process.js';

export interface RedisServer {
  /** `host:port`. */
  readonly addr: string;
  /** With the password. */
  readonly url: string;
  /** Every key with its content: a set's members or a hash's fields, sorted. */
  content(): Promise<Map<string, readonly string[]>>;
  stop(): Promise<void>;
}

export async function startRedis(folder: string, password: string): Promise<RedisServer> {
  const port = await freePort();
  const flags = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const args = ['--port', String(port), ...flags, '--requirepass', password];
  const server = start('redis-server', args);
  const addr = `127.0.0.1:${port}`;
  const url = `redis://:${encodeURIComponent(password)}@${addr}/0`;
  const until = Date.now() + 10_000;
  while (!(await answers(port, password))) {
    if (Date.now() > until) throw new Error(`redis-server did not get ready: ${server.output()}`);
  }
  return { addr, url, content: () => contentOf(url), stop: () => server.stop() };
}

async function answers(port: number, password: string): Promise<boolean> {
  const env = { ...process.env, REDISCLI_AUTH: password };
  const { stdout } = await run('redis-cli', ['-p', String(port), 'ping'], { env });
  return stdout.trim() === 'PONG';
}

async function contentOf(url: string): Promise<Map<string, readonly string[]>> {
  const client = createClient({ url });
  await client.connect();
  try {
    const content = new Map<string, readonly string[]>();
    for (const key of (await client.keys('*')).sort()) {
      const isSet = (await client.type(key)) === 'set';
      const members = isSet
        ? await client.sMembers(key)
        : Object.entries(await client.hGetAll(key)).map((pair) => pair.join('='));
      content.set(key, members.sort());
    }
    return content;
  } finally {
    client.destroy();
  }
}
