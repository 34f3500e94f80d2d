/** The probe as a program of its own, for `nsenter`: target on stdin (it may hold a password), replies on stdout. */
import { text } from 'node:stream/consumers';
import { type ProbeTarget, probe } from './probe.js';

const target = JSON.parse(await text(process.stdin)) as ProbeTarget;
process.stdout.write(JSON.stringify(await probe(target)));
