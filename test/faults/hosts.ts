/** Commands of the product in processes that live on: what is asked of a store beside the fault itself. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Output } from '../harness/process.js';

const HOST = path.join(import.meta.dirname, 'host.mjs');
/** Follows what a command wrote; no command writes it. */
const END = '\x04\x04regsweep-faults\x04\x04';

interface Host {
  readonly child: ChildProcess;
  readonly written: { stdout: string; stderr: string };
  code: number | undefined;
  /** Asked after each piece of news; undefined: it ended instead. */
  onNews: () => void;
  readonly gone: Promise<unknown>;
  isGone: boolean;
}

/** Processes of one product; as many as commands run at a time. */
export class Hosts {
  readonly #idle: Host[] = [];
  readonly #all = new Set<Host>();

  /** @param main the product's `dist/start/cli/main.js` */
  constructor(
    private readonly main: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @throws when it takes longer, or the process ends without an answer */
  async run(args: readonly string[], timeoutMs: number): Promise<Output> {
    const host = this.#idle.pop() ?? (await this.#start());
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      host.child.kill('SIGKILL');
    }, timeoutMs);
    const output = await ask(host, args);
    clearTimeout(timer);
    if (output === undefined) {
      const { stderr } = host.written;
      const why = late ? `not done in ${timeoutMs} ms` : `it crashed: ${stderr.slice(-800)}`;
      throw new Error(`${args.join(' ')}: ${why}`);
    }
    this.#idle.push(host);
    return output;
  }

  async close(): Promise<void> {
    for (const { child } of this.#all) if (child.connected) child.disconnect();
    await Promise.all([...this.#all].map(({ gone }) => gone));
  }

  async #start(): Promise<Host> {
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    const child = fork(HOST, [this.main], { execArgv: [], env: this.env, stdio: [...stdio] });
    const host: Host = {
      child,
      written: { stdout: '', stderr: '' },
      code: undefined,
      onNews: () => {},
      gone: once(child, 'exit'),
      isGone: false,
    };
    this.#all.add(host);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('utf8').on('data', (text: string) => {
        host.written[name] += text;
        host.onNews();
      });
    }
    child.on('message', ({ code }: { code: number }) => {
      host.code = code;
      host.onNews();
    });
    child.once('exit', () => {
      this.#all.delete(host);
      host.isGone = true;
      host.onNews();
    });
    await settled(host, () => host.code !== undefined);
    return host;
  }
}

async function ask(host: Host, args: readonly string[]): Promise<Output | undefined> {
  host.written.stdout = '';
  host.written.stderr = '';
  host.code = undefined;
  if (!host.isGone) host.child.send({ args, end: END });
  const { written } = host;
  const isDone = (): boolean =>
    host.code !== undefined && written.stdout.endsWith(END) && written.stderr.endsWith(END);
  if (!(await settled(host, isDone))) return undefined;
  return {
    code: host.code!,
    stdout: written.stdout.slice(0, -END.length),
    stderr: written.stderr.slice(0, -END.length),
  };
}

/** @returns whether it is done; false: the process has ended before */
function settled(host: Host, isDone: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    host.onNews = () => {
      if (isDone()) resolve(true);
      else if (host.isGone) resolve(false);
    };
    host.onNews();
  });
}
