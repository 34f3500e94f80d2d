/** Writes docs/regsweep.1: `npm run man`. */
import { writeFileSync } from 'node:fs';
import { manPage } from '../src/cli/args/man-page.js';
import { readVersion } from '../src/runtime/version.js';

writeFileSync(new URL('../docs/regsweep.1', import.meta.url), manPage(readVersion()));
