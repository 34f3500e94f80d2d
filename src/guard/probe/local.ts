/** Asks a registry process on this host, at its configured address, whether it accepts writes. */
import type { ProcessConfig } from '../../registry-config/process-config.js';
import { type ListeningAddress, listeningAddresses } from '../host/listening-sockets.js';
import type { ProcessInfo } from '../host/processes.js';
import { isSeen, type Proc } from '../host/procfs.js';
import { unixListener } from '../host/unix-sockets.js';
import type { LiveAnswer } from '../model/observations.js';
import type { GuardSettings } from '../model/settings.js';
import { identityOf, loginOf } from './credentials.js';
import { sendHere } from './probe.js';
import { askMode } from './request.js';
import { sendNear } from './send.js';

export const PROBE_TIMEOUT_MS = 2000;

/**
 * @param place `absoluteSocket`: the path of its unix socket as the process sees it
 * @returns state `unknown` if the process can't be reached at that address
 * @throws RegsweepError `usage` if the login or the certificate files can't be read
 */
export async function askLive(
  proc: Proc,
  info: ProcessInfo,
  config: ProcessConfig,
  settings: GuardSettings,
  place: { readonly absoluteSocket: string; readonly configEdited: boolean },
): Promise<LiveAnswer> {
  const identity = identityOf(settings);
  const common = {
    timeoutMs: PROBE_TIMEOUT_MS,
    anyCertificate: true,
    ...(identity === undefined ? {} : { identity }),
  };
  const login = loginOf(settings);
  if (config.unixSocket) {
    // After an edit, the socket that the configuration names may belong to another process.
    if (place.configEdited) return unknown('its configuration, and so its socket, was edited');
    const listener = unixListener(proc, info, config.address, place.absoluteSocket);
    if (typeof listener === 'string') return notListening(listener);
    const base = baseOf(config, 'localhost');
    try {
      const target = { ...common, base, socketPath: listener.socketPath };
      const live = await askMode(target, login, sendHere);
      return { ...live, detail: `${config.address} (${live.detail})` };
    } finally {
      listener.close();
    }
  }
  const address = addressOf(proc, info, config);
  if (typeof address === 'string') return notListening(address);
  const target = { ...common, base: baseOf(config, hostAndPort(address)) };
  return askMode(target, login, sendNear(proc, info));
}

const unknown = (detail: string): LiveAnswer => ({ state: 'unknown', detail });
const notListening = (detail: string): LiveAnswer => ({ ...unknown(detail), listens: false });

function addressOf(
  proc: Proc,
  info: ProcessInfo,
  config: ProcessConfig,
): ListeningAddress | string {
  const port = portOf(config.address);
  const found = listeningAddresses(proc, info.pid);
  if (!isSeen(found)) return 'its sockets can’t be read';
  const address = found.find((candidate) => candidate.port === port);
  return address ?? `it doesn't listen on its port ${config.address}`;
}

const portOf = (address: string): number =>
  Number(address.slice(address.lastIndexOf(':') + 1)) || 5000;

const baseOf = (config: ProcessConfig, host: string): string =>
  `${config.tls ? 'https' : 'http'}://${host}${trimSlashes(config.prefix)}`;

export const hostAndPort = ({ host, port }: ListeningAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

export function trimSlashes(prefix: string): string {
  const inner = prefix.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `/${inner}`;
}
