/**
 * The JSON Schema of the policy file, for editors. It is derived from the schema that validates it.
 */
import { z } from 'zod';
import { wrapperSchema } from './schema-wrapper.js';

export function policyJsonSchema(): unknown {
  const schema = z.toJSONSchema(wrapperSchema, { io: 'input', unrepresentable: 'any' });
  return { title: 'regsweep retention policy', ...schema };
}
