/** The generic walk that one would write first: fast-glob over the tree, with sizes. */
import fastGlob from 'fast-glob';

const entries = await fastGlob.glob('**/*', {
  cwd: process.argv[2] ?? '.',
  dot: true,
  followSymbolicLinks: false,
  stats: true,
});
let bytes = 0;
for (const entry of entries) bytes += entry.stats?.size ?? 0;
process.stdout.write(`${entries.length} files, ${bytes} bytes\n`);
