/** Commands of the product in processes that live on: what is asked of a store beside the fault itself. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Output } from '../harness/process.js';

const HOST = path.join(import.meta.dirname, 'host.mjs');

interface Host {
  readonly child: ChildProcess;
  /** undefined: it ended instead. */
  answer: (output: Output | undefined) => void;
  readonly gone: Promise<unknown>;
}

/** Processes of one product; as many as commands run at a time. */
export class Hosts {
  readonly #idle: Host[] = [];
  readonly #all = new Set<Host>();

  /** @param main the product's `dist/start/main.js` */
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
    const output = await ask(host, { args });
    clearTimeout(timer);
    if (output === undefined) {
      throw new Error(`${args.join(' ')}: ${late ? `not done in ${timeoutMs} ms` : 'it crashed'}`);
    }
    this.#idle.push(host);
    return output;
  }

  async close(): Promise<void> {
    for (const { child } of this.#all) if (child.connected) child.disconnect();
    await Promise.all([...this.#all].map(({ gone }) => gone));
  }

  async #start(): Promise<Host> {
    const child = fork(HOST, [this.main], { execArgv: [], env: this.env, stdio: 'inherit' });
    const host: Host = { child, answer: () => {}, gone: once(child, 'exit') };
    this.#all.add(host);
    child.on('message', (output: Output) => host.answer(output));
    child.once('exit', () => {
      this.#all.delete(host);
      host.answer(undefined);
    });
    await ask(host, {});
    return host;
  }
}

function ask(
  host: Host,
  question: { readonly args?: readonly string[] },
): Promise<Output | undefined> {
  return new Promise((resolve) => {
    host.answer = resolve;
    if (host.child.connected) host.child.send(question);
    else resolve(undefined);
  });
}
