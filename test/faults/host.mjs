/**
 * A process that runs commands of the product one after the other, so that a case needn't wait for
 * Node and its modules each time. Told `{ args }` over IPC it answers with exit code and output;
 * without `args` it says that it is there.
 *
 * argv: the product's `dist/start/main.js`
 */
const { main } = await import(process.argv[2]);

let written = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, ...rest) => {
    written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    rest.find((each) => typeof each === 'function')?.();
    return true;
  };
}

process.on('message', async ({ args }) => {
  written = { stdout: '', stderr: '' };
  const code = args === undefined ? 0 : await main(args);
  process.send({ code, ...written });
});
