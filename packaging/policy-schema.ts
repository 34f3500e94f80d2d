/** Writes docs/policy.schema.json: `npm run policy-schema`. */
import { writeFileSync } from 'node:fs';
import { policyJsonSchema } from '../src/policy/file/json-schema.js';

const file = new URL('../docs/policy.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`);
