import { readFileSync } from 'node:fs';
import { convertPolicy } from '../../../policy/index.js';
import { EXIT, usageError } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { print } from '../../context.js';

export async function run(context: CommandContext): Promise<number> {
  const file = context.subject ?? '';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`policy ${file}: ${(error as Error).message}`);
  }
  await print(context, [convertPolicy(text, file)]);
  return EXIT.done;
}
