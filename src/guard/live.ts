/** Live answers of the registry processes on this host, each at its own port, in its own network. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { text } from 'node:stream/consumers';
import { RegsweepError } from '../errors.js';
import { programArguments } from '../threads.js';
import type { LiveAnswer } from './observations.js';
import { type ProbeTarget, probe } from './probe.js';
import type { ProcessInfo } from './processes.js';
import { isSeen, type Proc } from './procfs.js';
import type { RegistryConfig } from './registry-config.js';
import type { GuardSettings } from './settings.js';
import { type ListeningAddress, listeningAddresses } from './sockets.js';

const PROBE_TIMEOUT_MS = 2000;
const CHILD_TIMEOUT_MS = 5000;

export async function askLive(
  proc: Proc,
  info: ProcessInfo,
  config: RegistryConfig,
  settings: GuardSettings,
): Promise<LiveAnswer> {
  if (config.unixSocket) return unknown('it listens on a unix socket');
  const port = portOf(config.address);
  const found = listeningAddresses(proc, info.pid);
  if (!isSeen(found)) return unknown('its sockets can’t be read');
  const address = found.find((candidate) => candidate.port === port);
  if (address === undefined) return unknown(`it doesn't listen on its port ${config.address}`);
  const target = targetOf(address, config, settings);
  if (info.netNamespace === proc.link('self', 'ns/net')) return probe(target);
  return probeInNamespace(info.pid, target);
}

const unknown = (detail: string): LiveAnswer => ({ state: 'unknown', detail });

const portOf = (address: string): number =>
  Number(address.slice(address.lastIndexOf(':') + 1)) || 5000;

function targetOf(
  address: ListeningAddress,
  config: RegistryConfig,
  settings: GuardSettings,
): ProbeTarget {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const authorization = authorizationOf(settings);
  return {
    base: `${config.tls ? 'https' : 'http'}://${host}:${address.port}${trimSlashes(config.prefix)}`,
    ...(authorization === undefined ? {} : { authorization }),
    timeoutMs: PROBE_TIMEOUT_MS,
    anyCertificate: true,
  };
}

function trimSlashes(prefix: string): string {
  const inner = prefix.replace(/^\/+|\/+$/g, '');
  return inner === '' ? '' : `/${inner}`;
}

/** @throws RegsweepError `usage` when the password file can't be read */
export function authorizationOf(settings: GuardSettings): string | undefined {
  if (settings.registryUser === undefined) return undefined;
  const file = settings.registryPasswordFile;
  if (file === undefined) {
    throw new RegsweepError('usage', '--registry-user needs --registry-password-file');
  }
  const password = readPassword(file);
  return `Basic ${Buffer.from(`${settings.registryUser}:${password}`).toString('base64')}`;
}

function readPassword(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new RegsweepError('usage', `the password file can't be read: ${file}`, {
      path: file,
      remedy: 'give a readable file that holds the password alone',
      cause,
    });
  }
}

async function probeInNamespace(pid: number, target: ProbeTarget): Promise<LiveAnswer> {
  const argv = ['-t', String(pid), '-n', '--', process.execPath, ...programArguments('probe')];
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
  if (failure !== '') return unknown(`${failure} ${complaint.trim().split('\n').at(-1) ?? ''}`);
  return JSON.parse(answer) as LiveAnswer;
}
