import { purgeQuarantine } from '../../../app/quarantine/purge/purge.js';
import {
  purgeFileLines,
  savedPurge,
  writePurge,
} from '../../../app/quarantine/purge/purge-file.js';
import { purgeTotals } from '../../../plan/file/purge-plan.js';
import { whatIsPurged } from '../../../report/text/changes/plan.js';
import { refuseExisting } from '../../../util/disk/atomic-write.js';
import { EXIT } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { requireDryRun, savePlan } from '../../output/files/plan-file.js';
import { finish } from '../../output/finish.js';

export async function run(context: CommandContext): Promise<number> {
  const { output, force } = context.settings;
  if (output === undefined) return finish(context, await purgeQuarantine(context));
  requireDryRun(context);
  refuseExisting(output, force);
  const { purge, notes } = await savedPurge(context);
  for (const note of notes) context.log.note(note);
  const unsaved = {
    summary: whatIsPurged(purgeTotals(purge.rows)),
    command: 'trash purge' as const,
    lines: () => purgeFileLines(context, purge),
    write: (file: string, force: boolean) => writePurge(context, purge, file, force),
  };
  await savePlan(context, unsaved, output);
  return EXIT.done;
}
