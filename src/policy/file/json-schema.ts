/** The policy file's form for editors: JSON Schema, made of what validates it. */
import { z } from 'zod';
import { wrapperSchema } from './schema-wrapper.js';

export function policyJsonSchema(): unknown {
  const schema = z.toJSONSchema(wrapperSchema, { io: 'input', unrepresentable: 'any' });
  return { title: 'regsweep retention policy', ...schema };
}
