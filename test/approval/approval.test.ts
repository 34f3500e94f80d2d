/** Which approvals of a plan are accepted, and why another isn't. */
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { approvePlan } from '../../src/app/approval/approve.js';
import { requireApproval } from '../../src/app/approval/require-approval.js';
import { runProgram } from '../../src/app/approval/ssh-keygen.js';
import type { Options } from '../../src/app/options.js';
import { planLines } from '../../src/plan/file/codec.js';
import { purgeHeader, purgeLines } from '../../src/plan/file/purge-plan.js';
import type { ApprovalRow } from '../../src/report/model/model.js';
import { RegsweepError } from '../../src/util/errors.js';
import { sha256 } from '../../src/util/sha256.js';
import { needs } from '../harness/require.js';
import { type Person, person, signer, writeSigners } from '../harness/signers.js';
import { tempFolder } from '../harness/temp.js';

const HOUR_MS = 3_600_000;
const STORAGE = { filesystemId: 'f', inode: '1', fingerprint: 'p' };
const RUN = { createdAt: '2026-01-01T00:00:00Z', version: '0' };

let folder: string;
let alice: Person;
let plan: string;
let signers: string;

/** @returns the hash of the plan that was written */
function writePlan(path: string, reason = 'old'): string {
  const action = { kind: 'upload', path: 'repositories/a/_uploads/1', reason } as const;
  const totals = {
    actions: 1,
    blobs: 0,
    bytes: 0,
    blobDiskBytes: 0,
    folderDiskBytes: 0,
    diskBytes: 0,
    byKind: { upload: 1 },
  };
  const header = { schemaVersion: 1, id: 'i', root: '/r', storage: STORAGE, options: {} } as const;
  const lines = [...planLines(header, RUN, totals, [action], sha256)];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return hashOf(path);
}

const hashOf = (path: string): string =>
  (JSON.parse(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)!) as { sha256: string })
    .sha256;

const approve = (path = plan, { by = alice, at = 0, deletes = false } = {}) =>
  approvePlan(
    { options: { key: by.key, delete: deletes } as Options, startedAtMs: Date.now() + at },
    path,
  );

const accepted = (path = plan, deletes = false): Promise<ApprovalRow[]> => {
  const approval = { source: '/etc/regsweep.yaml', allowedSigners: signers, validFor: 48 * 3600 };
  return requireApproval(
    { now: Date.now, options: { approval } as Options },
    { what: 'sweep', plan: { path, sha256: hashOf(path) }, deletes, remedies: [] },
  );
};

async function refusal(path = plan, deletes = false): Promise<string> {
  const error: unknown = await accepted(path, deletes).catch((thrown: unknown) => thrown);
  if (!(error instanceof RegsweepError)) throw new Error(`no refusal: ${JSON.stringify(error)}`);
  return `${error.code}: ${error.message}`;
}

beforeEach(async () => {
  folder = await tempFolder();
  alice = person(folder, 'alice');
  signers = writeSigners(folder, signer(alice));
  plan = join(folder, 'sweep.plan');
  writePlan(plan);
});

describe('an approval', needs('root', 'ssh-keygen'), () => {
  it('is accepted, with who gave it and when', async () => {
    const { approvedAt, delete: deletes } = await approve();
    const { stdout } = await runProgram('ssh-keygen', ['-l', '-f', `${alice.key}.pub`]);
    const key = stdout.split(' ')[1];
    expect(await accepted()).toEqual([
      { by: 'alice@example.com', key, approvedAt, delete: deletes },
    ]);
  });

  it('can be verified by hand', async () => {
    await approve();
    const [text, ...signature] = readFileSync(`${plan}.sig`, 'utf8').split(/(?<=\n)/);
    const file = join(folder, 'by-hand.sig');
    writeFileSync(file, signature.join(''));
    const args = ['-Y', 'verify', '-f', signers, '-I', 'alice@example.com', '-n', 'regsweep-plan'];
    expect((await runProgram('ssh-keygen', [...args, '-s', file], text)).ok).toBe(true);
  });

  it('is missing', async () => {
    expect(await refusal()).toBe(`plan-refused: ${plan} is not approved: there is no ${plan}.sig`);
  });

  it('is by somebody who is not on the list', async () => {
    await approve(plan, { by: person(folder, 'mallory') });
    expect(await refusal()).toContain(`the signer is not in ${signers}`);
  });

  it('is of another plan', async () => {
    const other = join(folder, 'other.plan');
    writePlan(other, 'another reason');
    await approve(other);
    cpSync(`${other}.sig`, `${plan}.sig`);
    expect(await refusal()).toContain('an approval is for another plan');
  });

  it('is of the plan before it was changed', async () => {
    await approve();
    writePlan(plan, 'more');
    expect(await refusal()).toContain('an approval is for another plan');
  });

  it.each([
    [-47 * HOUR_MS, undefined],
    [-49 * HOUR_MS, 'was valid for 2 d'],
    [2 * 60_000, undefined],
    [HOUR_MS, 'an approval is from the future'],
  ])('given %i ms from now', async (at, why) => {
    await approve(plan, { at });
    if (why === undefined) expect(await accepted()).toHaveLength(1);
    else expect(await refusal()).toContain(why);
  });

  it('can not be dated anew', async () => {
    const { approvedAt } = await approve(plan, { at: -49 * HOUR_MS });
    const text = readFileSync(`${plan}.sig`, 'utf8');
    writeFileSync(`${plan}.sig`, text.replace(approvedAt, new Date().toISOString()));
    expect(await refusal()).toContain('incorrect signature');
  });

  it('is by somebody who was taken off the list since', async () => {
    await approve();
    writeSigners(folder, signer(person(folder, 'bob')));
    expect(await refusal()).toContain('the signer is not in');
  });

  it.each([
    ['valid-before="20200101"', 'key has expired'],
    ['valid-after="21000101"', 'key is not yet valid'],
    ['namespaces="git"', 'not permitted for use in signature namespace'],
  ])('is by a key with %s', async (options, why) => {
    await approve();
    writeSigners(folder, signer(alice, options));
    expect(await refusal()).toContain(why);
  });

  it('is a signature for something else', async () => {
    await approve();
    const [text] = readFileSync(`${plan}.sig`, 'utf8').split(/(?<=\n)/);
    const args = ['-Y', 'sign', '-n', 'git', '-f', alice.key];
    const { stdout } = await runProgram('ssh-keygen', args, text);
    writeFileSync(`${plan}.sig`, text + stdout);
    expect(await refusal()).toContain('namespace does not match');
  });

  it('for quarantine is none for --delete', async () => {
    await approve();
    expect(await refusal(plan, true)).toContain('it was approved for quarantine');
    await approve(plan, { deletes: true });
    expect(await accepted(plan, true)).toHaveLength(1);
    expect(await accepted()).toHaveLength(2);
  });

  it('is one of several, of which one is enough', async () => {
    await approve(plan, { by: person(folder, 'mallory') });
    await approve();
    expect((await accepted()).map(({ by }) => by)).toEqual(['alice@example.com']);
    const bob = person(folder, 'bob');
    writeSigners(folder, signer(alice), signer(bob));
    await approve(plan, { by: bob });
    expect((await accepted()).map(({ by }) => by)).toEqual([
      'alice@example.com',
      'bob@example.com',
    ]);
  });

  it.each([
    ['hello\n', 'at byte 0 no approval begins'],
    ['{"approval":1}\n', 'at byte 0 no approval begins'],
    ['', 'is not approved'],
  ])('is no approval: %j', async (content, why) => {
    writeFileSync(`${plan}.sig`, content);
    expect(await refusal()).toContain(why);
  });

  it('with a line more', async () => {
    await approve();
    writeFileSync(`${plan}.sig`, `${readFileSync(`${plan}.sig`, 'utf8')}\n`);
    expect(await refusal()).toContain('no approval begins');
  });

  it('counts only by a list that root alone can write', async () => {
    await approve();
    chmodSync(signers, 0o666);
    expect(await refusal()).toBe(
      `usage: ${signers} lists the people who may approve plans, but other users than root may write to it`,
    );
    signers = join(folder, 'nowhere');
    expect(await refusal()).toContain(`usage: ${signers}: ENOENT`);
  });

  it('can not be checked without ssh-keygen', async () => {
    await approve();
    const { PATH } = process.env;
    process.env.PATH = folder;
    try {
      expect(await refusal()).toBe("failed: ssh-keygen can't be started: it is not installed");
    } finally {
      process.env.PATH = PATH;
    }
  });
});

describe('plan approve', needs('ssh-keygen'), () => {
  it('forgets approvals of an earlier plan of that name', async () => {
    await approve();
    await approve();
    expect(readFileSync(`${plan}.sig`, 'utf8').match(/BEGIN SSH/g)).toHaveLength(2);
    writePlan(plan, 'another');
    await approve();
    expect(readFileSync(`${plan}.sig`, 'utf8').match(/BEGIN SSH/g)).toHaveLength(1);
  });

  it('always approves a purge for deletion', async () => {
    const rows = [{ id: 'r', startedAt: null, items: 1, bytes: 1, diskBytes: 1, sha256: 'x' }];
    const header = purgeHeader('/r', STORAGE, rows, sha256);
    writeFileSync(plan, [...purgeLines(header, RUN, rows, sha256)].join('\n'));
    expect(await approve()).toMatchObject({ delete: true, totals: { runs: 1, items: 1 } });
  });

  it.each([
    ['changed', (text: string) => text.replace('_uploads/1', '_uploads/2')],
    ['cut', (text: string) => text.slice(0, -10)],
    ['no plan', () => 'hello\n'],
  ])('refuses a file that is %s', async (_, change) => {
    writeFileSync(plan, change(readFileSync(plan, 'utf8')));
    await expect(approve()).rejects.toMatchObject({ code: 'plan-refused' });
    expect(existsSync(`${plan}.sig`)).toBe(false);
  });
});
