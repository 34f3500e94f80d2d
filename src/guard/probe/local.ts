/** Live answers of the registry processes on this host, each at its own port or socket, in its own network. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { ProcessConfig } from '../../registry-config/process-config.js';
import { programCommand } from '../../runtime/threads.js';
import type { ProcessInfo } from '../host/processes.js';
import { isSeen, type Proc } from '../host/procfs.js';
import type { LiveAnswer } from '../model/observations.js';
import type { GuardSettings } from '../model/settings.js';
import { identityOf, loginOf } from './credentials.js';
import { type ProbeTarget, probe, type Replies } from './probe.js';
import { ask } from './request.js';
import { type ListeningAddress, listeningAddresses } from './sockets.js';
import { unixListener } from './unix-socket.js';

const PROBE_TIMEOUT_MS = 2000;
const CHILD_TIMEOUT_MS = 5000;

/**
 * @param place where a relative socket lies for that process
 * @throws RegsweepError `usage` where what the user gave to log in with can't be read
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
    // A socket file can be another's by now: only an unchanged configuration speaks for it.
    if (place.configEdited) return unknown('its configuration, and so its socket, was edited');
    const listener = unixListener(proc, info, config.address, place.absoluteSocket);
    if (typeof listener === 'string') return silent(listener);
    const base = baseOf(config, 'localhost');
    try {
      const target = { ...common, base, socketPath: listener.socketPath };
      const { live } = await ask(target, login, probe);
      return { ...live, detail: `${config.address} (${live.detail})` };
    } finally {
      listener.close();
    }
  }
  const address = addressOf(proc, info, config);
  if (typeof address === 'string') return silent(address);
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const target = { ...common, base: baseOf(config, `${host}:${address.port}`) };
  const here = info.netNamespace === proc.link('self', 'ns/net');
  const { live } = await ask(target, login, here ? probe : (to) => probeInNamespace(info.pid, to));
  return live;
}

const unknown = (detail: string): LiveAnswer => ({ state: 'unknown', detail });
const silent = (detail: string): LiveAnswer => ({ ...unknown(detail), listens: false });

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

function trimSlashes(prefix: string): string {
  const inner = prefix.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `/${inner}`;
}

async function probeInNamespace(pid: number, target: ProbeTarget): Promise<Replies> {
  const argv = ['-t', String(pid), '-n', '--', ...programCommand('probe')];
  const child = spawn('nsenter', argv, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: CHILD_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(`nsenter: ${error.message}`));
    child.on('close', (code, signal) => resolve(code === 0 ? '' : `nsenter: ${signal ?? code}`));
  });
  child.stdin.on('error', () => undefined); // the exit status tells
  child.stdin.end(JSON.stringify(target));
  const [answer, complaint, failure] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  if (failure === '') return JSON.parse(answer) as Replies;
  const error = `${failure} ${complaint.trim().split('\n').at(-1) ?? ''}`;
  return { options: { error }, put: { error } };
}
