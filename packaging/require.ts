/** What a bundle needs on top: packages in it that are CommonJS ask `require` for Node's own. */
export const REQUIRE = [
  "import { createRequire as regsweepRequire } from 'node:module';",
  'const require = regsweepRequire(import.meta.url);',
].join('\n');
