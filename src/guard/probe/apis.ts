/** Every address at which a process answers as a registry, whatever its configuration says. */
import type { ProcessConfig } from '../../registry-config/process-config.js';
import { listeningAddresses } from '../host/listening-sockets.js';
import type { ProcessInfo } from '../host/processes.js';
import { isSeen, type Proc } from '../host/procfs.js';
import { listeningUnixPaths, unixListener } from '../host/unix-sockets.js';
import type { GuardSettings } from '../model/settings.js';
import { identityOf, loginOf } from './credentials.js';
import { hostAndPort, PROBE_TIMEOUT_MS, trimSlashes } from './local.js';
import {
  isRegistry,
  type ProbeQuestion,
  type ProbeTarget,
  type ReplyOrError,
  type Send,
  sendHere,
  show,
  wantsLogin,
} from './probe.js';
import { ask } from './request.js';
import { sendNear } from './send.js';

/** One address that answers as a registry. */
export interface RegistryApi {
  /** To be named in messages. */
  readonly name: string;
  ask(questions: readonly ProbeQuestion[]): Promise<ReplyOrError[]>;
}

export interface FoundApis {
  readonly apis: readonly RegistryApi[];
  /** Why other addresses of its may be a registry's too, in words. */
  readonly unclear: readonly string[];
  /** One of them wants a login, and none that was given helps. */
  readonly login?: true;
  /** False: it has no socket to ask at. */
  readonly listens: boolean;
  close(): void;
}

interface Door {
  readonly name: string;
  readonly host: string;
  readonly send: Send;
  readonly socketPath?: string;
}

/**
 * @param config which says what to try first
 * @throws RegsweepError `usage` where what the user gave to log in with can't be read
 */
export async function findApis(
  proc: Proc,
  info: ProcessInfo,
  settings: GuardSettings,
  config: ProcessConfig,
): Promise<FoundApis> {
  const tcp = listeningAddresses(proc, info.pid);
  const unix = listeningUnixPaths(proc, info);
  if (!isSeen(tcp) || !isSeen(unix)) {
    return {
      apis: [],
      unclear: ['its sockets can’t be read'],
      listens: true,
      close: () => undefined,
    };
  }
  const unclear = tcp
    .filter(({ shared }) => shared === true)
    .map((address) => `another process listens at ${hostAndPort(address)} too`);
  const doors: Door[] = tcp
    .filter(({ shared }) => shared !== true)
    .map((address) => {
      const name = hostAndPort(address);
      return { name, host: name, send: sendNear(proc, info) };
    });
  const closing: (() => void)[] = [];
  for (const path of unix) {
    const listener = unixListener(proc, info, path, path);
    if (typeof listener === 'string') {
      unclear.push(listener);
      continue;
    }
    closing.push(listener.close);
    const { socketPath } = listener;
    doors.push({ name: path, host: 'localhost', send: sendHere, socketPath });
  }
  const tried = await Promise.all(doors.map((door) => knock(door, settings, config)));
  const apis = tried.flatMap(({ api }) => api ?? []);
  return {
    apis,
    unclear: [...unclear, ...tried.flatMap((door) => door.unclear ?? [])],
    ...(tried.some((door) => door.login === true) ? { login: true } : {}),
    listens: tcp.length + unix.length > 0,
    close: () => {
      for (const close of closing) close();
    },
  };
}

const BASE: ProbeQuestion = { method: 'GET', path: '/v2/' };

interface Knocked {
  readonly api?: RegistryApi;
  readonly unclear?: string;
  readonly login?: true;
}

/** Its debug server answers too, but not as a registry. */
async function knock(
  door: Door,
  settings: GuardSettings,
  { prefix, tls }: ProcessConfig,
): Promise<Knocked> {
  const login = loginOf(settings);
  const identity = identityOf(settings);
  let failure: string | undefined;
  for (const scheme of tls ? ['https', 'http'] : ['http', 'https']) {
    const base = `${scheme}://${door.host}${trimSlashes(prefix)}`;
    const target: ProbeTarget = {
      base,
      timeoutMs: PROBE_TIMEOUT_MS,
      anyCertificate: true,
      ...(identity === undefined ? {} : { identity }),
      ...(door.socketPath === undefined ? {} : { socketPath: door.socketPath }),
    };
    const reply = (await ask(target, [BASE], login, door.send))[0]!;
    const told = `${door.name}: ${show(reply)}`;
    if (wantsLogin(reply)) return { unclear: told, login: true };
    const isOne: boolean = isRegistry(reply);
    if (isOne && !('error' in reply)) {
      if (reply.status !== 200) return { unclear: `${told} to ${base}/v2/` };
      return { api: { name: base, ask: (all) => ask(target, all, login, door.send) } };
    }
    if (!('error' in reply) && !reply.body.includes('HTTPS server')) return {};
    if (failure === undefined || 'error' in reply) failure = told;
  }
  return { unclear: failure! };
}
