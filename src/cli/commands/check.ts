import { check } from '../../app/inspect/check.js';
import { EXIT, usageError } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { isDamage } from '../output/errors/preview-exit.js';
import { nextFlags } from '../output/next-command.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const { settings } = context;
  if (settings.given.has('bwlimit') && !settings.verify) {
    throw usageError('--bwlimit limits what --verify reads', 'give both');
  }
  const report = await check(context);
  await render(context, { kind: 'check', view: nextFlags(settings), ...report });
  const damaged = report.findings.some(({ severity }) => isDamage(severity));
  return settings.detailedExitcode && damaged ? EXIT.detailed : EXIT.done;
}
