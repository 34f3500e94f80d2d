/**
 * The probe as a separate program, which `nsenter` runs in another network namespace. It reads the
 * task from stdin, since the task may contain a password, and writes the replies to stdout.
 */
import { text } from 'node:stream/consumers';
import { type ProbeQuestion, type ProbeTarget, sendHere } from './probe.js';

const { target, questions } = JSON.parse(await text(process.stdin)) as {
  target: ProbeTarget;
  questions: ProbeQuestion[];
};
process.stdout.write(JSON.stringify(await sendHere(target, questions)));
