import { previewPolicy } from '../../../app/inspect/policy-preview.js';
import { readPolicy } from '../../../app/select/policy-file.js';
import { policyOf } from '../../../app/select/policy-source.js';
import { policyCheckReport } from '../../../report/build/preview.js';
import type { PolicyCheckReport } from '../../../report/model/model.js';
import { EXIT, RegsweepError } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { render } from '../../output/render.js';

/** The problems of the policy are this command's result, so JSON with them goes to stdout. */
export async function run(context: CommandContext): Promise<number> {
  const file = context.subject ?? '';
  try {
    const report = policyCheckReport(policyOf(readPolicy(file)));
    const { warnings } = context.settings.given.has('root')
      ? await previewPolicy(context, file)
      : report;
    await render(context, { kind: 'policy-check', ...report, warnings });
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof RegsweepError) || error.code !== 'usage') throw error;
    if (context.settings.format === 'table') throw error;
    await render(context, { kind: 'policy-check', ...refusal(file, error) });
    return EXIT.usage;
  }
}

const refusal = (file: string, { message }: RegsweepError): PolicyCheckReport => ({
  schemaVersion: 1,
  file,
  ok: false,
  problems: message.split('\n'),
  entries: 0,
  rules: 0,
  readings: [],
  warnings: [],
});
