/** Sends requests from the network namespace of another process. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { programCommand } from '../../runtime/threads.js';
import type { ProcessInfo } from '../host/processes.js';
import type { Proc } from '../host/procfs.js';
import {
  type ProbeQuestion,
  type ProbeTarget,
  type ReplyOrError,
  type Send,
  sendHere,
} from './probe.js';

const CHILD_TIMEOUT_MS = 5000;

/** @returns a sender that can reach the loopback addresses of the process */
export function sendNear(proc: Proc, info: ProcessInfo): Send {
  const here = info.netNamespace === proc.link('self', 'ns/net');
  return here ? sendHere : (target, questions) => sendInNamespace(info.pid, target, questions);
}

async function sendInNamespace(
  pid: number,
  target: ProbeTarget,
  questions: readonly ProbeQuestion[],
): Promise<ReplyOrError[]> {
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
  child.stdin.on('error', () => undefined); // the exit status reports a failure
  child.stdin.end(JSON.stringify({ target, questions }));
  const [answer, complaint, failure] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  if (failure === '') return JSON.parse(answer) as ReplyOrError[];
  const error = `${failure} ${complaint.trim().split('\n').at(-1) ?? ''}`;
  return questions.map(() => ({ error }));
}
