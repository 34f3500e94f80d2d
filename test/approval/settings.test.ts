/** What the settings may ask for, and who may say so. */
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ApprovalRule, approvalOfHost } from '../../src/app/approval/rule.js';
import { resolveSettings } from '../../src/cli/settings/resolve.js';
import { RegsweepError } from '../../src/util/errors.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

const HOURS = 3600;
const ASKS = 'approval: { required: true, allowedSigners: signers, validFor: 2h }\n';

let path: string;
beforeEach(async () => {
  path = join(await tempFolder(), 'regsweep.yaml');
});

function write(text: string): void {
  writeFileSync(path, text, { mode: 0o644 });
}

const ofHost = (): ApprovalRule | undefined => approvalOfHost(path);
const ofFile = async (): Promise<ApprovalRule | undefined> =>
  (await resolveSettings({ settings: path }, {}, ['yes'])).approval;

const READERS = [
  ['the host', async () => ofHost()],
  ['--settings', ofFile],
] as const;

describe.each(READERS)('approval in the file of %s', needs('root'), (_, read) => {
  const refusal = async (): Promise<string> => {
    const error: unknown = await read().catch((thrown: unknown) => thrown);
    return error instanceof RegsweepError ? `${error.code}: ${error.message}` : 'accepted';
  };

  it('is read, with paths relative to the file', async () => {
    write(ASKS);
    const allowedSigners = join(path, '../signers');
    expect(await read()).toEqual({ source: path, allowedSigners, validFor: 2 * HOURS });
    write('approval: { required: true, allowedSigners: /etc/signers }\n');
    expect(await read()).toMatchObject({ allowedSigners: '/etc/signers', validFor: 48 * HOURS });
  });

  it.each(['', 'min-age: 1h\n', 'approval: { required: false }\n'])(
    'is not asked for by %j',
    async (text) => {
      write(text);
      expect(await read()).toBeUndefined();
    },
  );

  it.each([
    ['approval: yes\n', 'approval'],
    ['approval: { required: true }\n', 'approval.allowedSigners: expected a file'],
    ['approval: { required: "yes", allowedSigners: f }\n', 'approval.required: expected true'],
    ['approval: { allowedSigners: f }\n', 'approval.required: expected true or false'],
    ['approval: { required: true, allowedSigners: f, validFor: soon }\n', 'approval.validFor'],
    ['approval: { required: true, allowedSigner: f }\n', 'allowedSigner'],
    ['approval: {\n', 'settings file'],
  ])('%j is refused', async (text, message) => {
    write(text);
    expect(await refusal()).toContain(`usage: settings file ${path}: `);
    expect(await refusal()).toContain(message);
  });

  it.each([
    ['may be written by its group', () => chmodSync(path, 0o664)],
    ['may be written by all', () => chmodSync(path, 0o646)],
    ['belongs to somebody else', () => chownSync(path, 1000, 0)],
  ])('is refused where the file %s', async (_what, change) => {
    write(ASKS);
    change();
    expect(await refusal()).toBe(
      `usage: settings file ${path} has an approval section, but other users than root may write to it`,
    );
    // Nor can such a file lift it.
    write('approval: { required: false }\n');
    change();
    expect(await refusal()).toContain('other users than root may write to it');
  });
});

describe('the file of the host', () => {
  it('need not be there', () => {
    expect(ofHost()).toBeUndefined();
  });

  it('is no reason to refuse for what else it says', () => {
    write('nonsense: [1, 2]\n');
    expect(ofHost()).toBeUndefined();
  });
});
