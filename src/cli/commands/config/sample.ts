import { EXIT } from '../../../util/errors.js';
import { type CommandContext, print } from '../../context.js';
import { sampleSettings } from '../../settings/sample.js';

export async function run(context: CommandContext): Promise<number> {
  await print(context, [sampleSettings()]);
  return EXIT.done;
}
