import { EXIT } from '../../errors.js';
import { AuditLog, openState } from '../../sweep/index.js';
import { type Context, treeOf } from '../context.js';
import { render } from '../render.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const { auditPath } = openState(tree, context.settings.stateDir);
  const { ok, lines, brokenAt, torn } = new AuditLog(auditPath).verify();
  await render(context, {
    kind: 'audit',
    schemaVersion: 1,
    root: tree.rootDirectory,
    ok,
    lines,
    torn,
    ...(brokenAt === undefined
      ? {}
      : { problem: `line ${brokenAt} of ${auditPath} does not follow from the line before` }),
  });
  return ok ? EXIT.done : EXIT.failed;
}
