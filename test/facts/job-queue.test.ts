/** The queue of scan tasks. */
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, it } from 'vitest';
import { type Job, JobQueue } from '../../src/facts/pool/pool-worker.js';

const jobOf = (name: string): Job => ({
  task: { type: 'namespace', name, behind: undefined },
  resolve: () => undefined,
  reject: () => undefined,
});

const nameOf = (job: Job | undefined): string | undefined =>
  job?.task.type === 'namespace' ? job.task.name : undefined;

it('jobs are taken in their order, however many there are', () => {
  const queue = new JobQueue();
  const taken: (string | undefined)[] = [];
  for (let i = 0; i < 5000; i++) {
    queue.push(jobOf(`${i}`));
    if (i % 3 === 2) taken.push(nameOf(queue.shift()));
  }
  while (queue.waiting > 0) taken.push(...queue.share(4).map(nameOf));
  expect(taken).toEqual(Array.from({ length: 5000 }, (_, i) => `${i}`));
  expect(queue.shift()).toBeUndefined();
});

it('the queue does not keep a job that was taken, and so not its result', async () => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const queue = new JobQueue();
  for (let i = 0; i < 3; i++) queue.push(jobOf(`${i}`));
  const taken = [new WeakRef(queue.shift()!), new WeakRef(queue.share(2)[0]!)];
  // A WeakRef keeps its target until the end of the turn in which it was made.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(taken.map((one) => nameOf(one.deref()))).toEqual([undefined, undefined]);
  expect(nameOf(queue.shift())).toBe('2');
});
