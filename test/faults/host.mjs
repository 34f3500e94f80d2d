/**
 * A process that runs commands of the product one after the other, so that a case needn't wait for
 * Node and its modules each time. Told `{ args, end }` over IPC it runs the command, ends both
 * outputs with `end`, and answers with the exit code.
 *
 * argv: the product's `dist/start/cli/main.js`
 */
import { writeSync } from 'node:fs';

const { main } = await import(process.argv[2]);

process.on('message', async ({ args, end }) => {
  const code = await main(args);
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
  );
  for (const fd of [1, 2]) writeSync(fd, end);
  process.send({ code });
});
process.send({ code: 0 });
