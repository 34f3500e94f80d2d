/** The probe as a program of its own, for `nsenter`: the task on stdin (it may hold a password), replies on stdout. */
import { text } from 'node:stream/consumers';
import { type ProbeQuestion, type ProbeTarget, sendHere } from './probe.js';

const { target, questions } = JSON.parse(await text(process.stdin)) as {
  target: ProbeTarget;
  questions: ProbeQuestion[];
};
process.stdout.write(JSON.stringify(await sendHere(target, questions)));
