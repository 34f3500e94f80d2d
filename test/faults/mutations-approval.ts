/** Mistakes in what makes an approval valid, and in where one is asked for. */
import { type Mutation, vitest } from './checks.js';

const APPROVAL = vitest('test/approval/approval.test.ts');
const SETTINGS = vitest('test/approval/settings.test.ts');
const COMMANDS = vitest('test/e2e/approval.test.ts');

const requireApproval = 'app/approval/require-approval.ts';

export const APPROVAL_MUTATIONS: readonly Mutation[] = [
  {
    what: 'an approval of another plan is accepted',
    file: requireApproval,
    find: 'if (plan !== sha256) {',
    replace: "if (plan === '') {",
    noticedBy: APPROVAL,
  },
  {
    what: 'an approval is valid for ever',
    file: requireApproval,
    find: 'if (ageMs > validFor * 1000) {',
    replace: 'if (ageMs > validFor * 1e9) {',
    noticedBy: APPROVAL,
  },
  {
    what: 'an approval from the future is accepted',
    file: requireApproval,
    find: 'if (ageMs < -CLOCKS_DIFFER_MS)',
    replace: 'if (ageMs < -1e15)',
    noticedBy: APPROVAL,
  },
  {
    what: 'an approval for quarantine allows --delete',
    file: requireApproval,
    find: 'if (deletes && !statement.delete) {',
    replace: 'if (deletes && statement.delete === undefined) {',
    noticedBy: APPROVAL,
  },
  {
    what: 'everybody may write the list of signers',
    file: requireApproval,
    find: 'signersStat(rule),',
    replace: '{ ...signersStat(rule), uid: 0, mode: 0 },',
    noticedBy: APPROVAL,
  },
  {
    what: 'a signature that does not verify counts',
    file: 'app/approval/ssh-keygen.ts',
    find: 'if (verified.ok && key !== undefined) return { principal, key };',
    replace: "return { principal, key: key ?? '' };",
    noticedBy: APPROVAL,
  },
  {
    what: 'another text than the signed one is verified',
    file: 'app/approval/ssh-keygen.ts',
    find: "runProgram('ssh-keygen', args, text);",
    replace: "runProgram('ssh-keygen', args, text.toUpperCase());",
    noticedBy: APPROVAL,
  },
  {
    what: 'anybody’s settings file may speak of approval',
    file: 'app/approval/rule.ts',
    find: 'requireRootOwned(path, stat,',
    replace: 'void (path, stat,',
    noticedBy: SETTINGS,
  },
  {
    what: 'another settings file lifts what the host’s asks for',
    file: 'cli/settings/resolve.ts',
    find: 'return approvalOfHost(settings) ?? ofFile;',
    replace: 'return ofFile ?? (approvalOfHost(settings), undefined);',
    noticedBy: COMMANDS,
  },
  {
    what: 'the library asks for no approval',
    file: 'app/library/resolve.ts',
    find: 'REMOVING.includes(command) ? approvalOfHost() : undefined',
    replace: 'undefined',
    noticedBy: COMMANDS,
  },
  {
    what: 'sweep, tidy and rm ask for no approval',
    file: 'app/sweep/sweep-work.ts',
    find: 'const approvals = await approvalsOfChange(context, request);',
    replace: 'const approvals = await approvalsOfChange(context, request).catch(() => []);',
    noticedBy: COMMANDS,
  },
  {
    what: 'a purge asks for no approval',
    file: 'app/quarantine/purge/purge.ts',
    find: 'if (!dryRun) for (const refusal of refused) throw refusal;',
    replace: '',
    noticedBy: COMMANDS,
  },
  {
    what: 'a sweep stops the registry before it finds that its purge was not approved',
    file: 'app/approval/approvals.ts',
    find: 'if (purgeOlderThan !== undefined) await approvalsOfPurge(context, undefined);',
    replace: '',
    noticedBy: COMMANDS,
  },
  {
    what: 'a run that has changed since the plan is purged',
    file: 'app/quarantine/purge/purge-file.ts',
    find: 'isIntact(run) && hashOfRun(state, id) !== planned',
    replace: 'false',
    noticedBy: COMMANDS,
  },
];
