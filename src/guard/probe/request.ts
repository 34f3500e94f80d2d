/** Asks one registry, with a login where it wants one. */

import type { LiveAnswer } from '../model/observations.js';
import { answerTo, type Login } from './login.js';
import { judge, type ProbeTarget, type Replies } from './probe.js';

/** Sends the two requests, from wherever the registry can be reached. */
export type Send = (target: ProbeTarget) => Promise<Replies>;

/**
 * @param login used only where the registry asks for one; tokens are fetched from our own network
 * @returns the answer, and with it the target as it was asked in the end
 */
export async function ask(
  target: ProbeTarget,
  login: Login | undefined,
  send: Send,
): Promise<{ live: LiveAnswer; target: ProbeTarget }> {
  const first = await send(target);
  if (login === undefined) return { live: judge(target.base, first), target };
  try {
    const authorization = await answersTo(first, target, login);
    if (Object.keys(authorization).length === 0) return { live: judge(target.base, first), target };
    const known = { ...target, authorization };
    return { live: judge(target.base, await send(known)), target: known };
  } catch (error) {
    const { detail } = judge(target.base, first);
    const why = (error as Error).message;
    return { live: { state: 'unknown', detail: `${detail}; ${why}`, login: true }, target };
  }
}

async function answersTo(
  { options, put }: Replies,
  target: ProbeTarget,
  login: Login,
): Promise<Record<string, string>> {
  const byMethod = { OPTIONS: options, PUT: put };
  const answers: Record<string, string> = {};
  for (const [method, reply] of Object.entries(byMethod)) {
    const answer = await answerTo(reply, target, login);
    if (answer !== undefined) answers[method] = answer;
  }
  return answers;
}
