/** Sends requests to one registry, with a login if it requires one. */
import type { LiveAnswer } from '../model/observations.js';
import { authorizationFor, type Login } from './login.js';
import {
  judge,
  MODE_QUESTIONS,
  type ProbeQuestion,
  type ProbeTarget,
  type ReplyOrError,
  type Send,
} from './probe.js';

/**
 * @param login used only if the registry asks for one
 * @param send sends the questions; tokens are fetched from our own network namespace in any case
 * @returns a reply for each question, in their order
 */
export async function ask(
  target: ProbeTarget,
  questions: readonly ProbeQuestion[],
  login: Login | undefined,
  send: Send,
): Promise<ReplyOrError[]> {
  const replies = [...(await send(target, questions))];
  if (login === undefined) return replies;
  const known = new Map<string, string>();
  const again: { at: number; question: ProbeQuestion }[] = [];
  for (const [at, question] of questions.entries()) {
    const reply = replies[at]!;
    const challenge = 'error' in reply ? '' : reply.challenge;
    try {
      const authorization = known.get(challenge) ?? (await authorizationFor(reply, target, login));
      if (authorization === undefined) continue;
      known.set(challenge, authorization);
      again.push({ at, question: withHeader(question, authorization) });
    } catch (error) {
      const status = 'error' in reply ? reply.error : String(reply.status);
      replies[at] = { error: `${status}; ${(error as Error).message}`, login: true };
    }
  }
  if (again.length === 0) return replies;
  const second = await send(
    target,
    again.map(({ question }) => question),
  );
  for (const [i, { at }] of again.entries()) replies[at] = second[i]!;
  return replies;
}

const withHeader = (question: ProbeQuestion, authorization: string): ProbeQuestion => ({
  ...question,
  headers: { ...question.headers, authorization },
});

/** Asks whether the registry accepts writes. */
export async function askMode(
  target: ProbeTarget,
  login: Login | undefined,
  send: Send,
): Promise<LiveAnswer> {
  const [options, put] = await ask(target, MODE_QUESTIONS, login, send);
  return judge(target.base, { options: options!, put: put! });
}
