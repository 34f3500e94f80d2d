/**
 * Finds every address at which a process answers as a registry, independent of its configuration.
 */
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
  /** The base URL, for messages. */
  readonly name: string;
  ask(questions: readonly ProbeQuestion[]): Promise<ReplyOrError[]>;
}

export interface FoundApis {
  readonly apis: readonly RegistryApi[];
  /** For each other address that may also be a registry's: a message that says why. */
  readonly unclear: readonly string[];
  /** One of them requires a login, and the given one, if any, was not accepted. */
  readonly login?: true;
  /** False: the process has no listening socket. */
  readonly listens: boolean;
  /**
   * Closes the descriptors through which unix sockets are reached. Call it after the last request.
   */
  close(): void;
}

interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly send: Send;
  readonly socketPath?: string;
}

/**
 * @param config gives the URL prefix, and whether TLS is tried first
 * @throws RegsweepError `usage` if the login or the certificate files can't be read
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
  const endpoints: Endpoint[] = tcp
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
    endpoints.push({ name: path, host: 'localhost', send: sendHere, socketPath });
  }
  const probed = await Promise.all(
    endpoints.map((endpoint) => probeEndpoint(endpoint, settings, config)),
  );
  const apis = probed.flatMap(({ api }) => api ?? []);
  return {
    apis,
    unclear: [...unclear, ...probed.flatMap((result) => result.unclear ?? [])],
    ...(probed.some((result) => result.login === true) ? { login: true } : {}),
    listens: tcp.length + unix.length > 0,
    close: () => {
      for (const close of closing) close();
    },
  };
}

const BASE: ProbeQuestion = { method: 'GET', path: '/v2/' };

interface ProbedEndpoint {
  readonly api?: RegistryApi;
  readonly unclear?: string;
  readonly login?: true;
}

/**
 * @returns neither `api` nor `unclear` for another HTTP server, such as the registry's debug server
 */
async function probeEndpoint(
  endpoint: Endpoint,
  settings: GuardSettings,
  { prefix, tls }: ProcessConfig,
): Promise<ProbedEndpoint> {
  const login = loginOf(settings);
  const identity = identityOf(settings);
  let failure: string | undefined;
  for (const scheme of tls ? ['https', 'http'] : ['http', 'https']) {
    const base = `${scheme}://${endpoint.host}${trimSlashes(prefix)}`;
    const target: ProbeTarget = {
      base,
      timeoutMs: PROBE_TIMEOUT_MS,
      anyCertificate: true,
      ...(identity === undefined ? {} : { identity }),
      ...(endpoint.socketPath === undefined ? {} : { socketPath: endpoint.socketPath }),
    };
    const reply = (await ask(target, [BASE], login, endpoint.send))[0]!;
    const detail = `${endpoint.name}: ${show(reply)}`;
    if (wantsLogin(reply)) return { unclear: detail, login: true };
    const isOne: boolean = isRegistry(reply);
    if (isOne && !('error' in reply)) {
      if (reply.status !== 200) return { unclear: `${detail} to ${base}/v2/` };
      return { api: { name: base, ask: (all) => ask(target, all, login, endpoint.send) } };
    }
    if (!('error' in reply) && !reply.body.includes('HTTPS server')) return {};
    if (failure === undefined || 'error' in reply) failure = detail;
  }
  return { unclear: failure! };
}
