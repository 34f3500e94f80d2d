import { describe, expect, it } from 'vitest';
import { wrapText } from '../../src/report/wrap.js';

const wrap = (text: string, width = 40): string[] => wrapText(text, width).split('\n');

describe('long lines on a terminal', () => {
  it('leaves lines that fit, and every line where there is no terminal', () => {
    expect(wrap('short\n  also short')).toEqual(['short', '  also short']);
    const long = 'word '.repeat(100);
    expect(wrapText(long, Number.POSITIVE_INFINITY)).toBe(long);
  });

  it('breaks a sentence at spaces, and indents what follows', () => {
    expect(wrap('6 repositories, 18 tags, 22 manifests, 47 layer links')).toEqual([
      '6 repositories, 18 tags, 22 manifests,',
      '  47 layer links',
    ]);
  });

  it('continues under the text of a label or after a marker', () => {
    expect(wrap('  info    most blobs share one change time')).toEqual([
      '  info    most blobs share one change',
      '          time',
    ]);
    expect(wrap('  DAMAGED a manifest is linked but its blob is missing')).toEqual([
      '  DAMAGED a manifest is linked but its',
      '          blob is missing',
    ]);
    expect(wrap('  ! registry process 12 may serve this tree')).toEqual([
      '  ! registry process 12 may serve this',
      '    tree',
    ]);
  });

  it('keeps a command in one piece, and puts what it does below', () => {
    expect(wrap('  regsweep sweep /srv/a -m   # reclaims 2 MB of blobs and more')).toEqual([
      '  regsweep sweep /srv/a -m',
      '    # reclaims 2 MB of blobs and more',
    ]);
    const command = 'regsweep trash restore /srv/registry --run 20261129T074534Z-1777b8';
    expect(wrap(`  ${command}`)).toEqual([`  ${command}`]);
    expect(wrap(`undo it:        ${command}`)).toEqual(['undo it:', `  ${command}`]);
    expect(wrap(`it stays in the catalog; to remove it completely: ${command}`)).toEqual([
      'it stays in the catalog; to remove it',
      '  completely:',
      `  ${command}`,
    ]);
  });

  it('takes a sentence that names a command for a sentence', () => {
    expect(
      wrap('No space freed yet: regsweep trash purge frees 283 kB (allowed after 24 h).'),
    ).toEqual(['No space freed yet: regsweep trash purge', '  frees 283 kB (allowed after 24 h).']);
    expect(wrap('  find the process that writes there, then stop it')).toHaveLength(2);
  });

  it('leaves a word that is longer than the line, and what belongs to it, in one piece', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(wrap(`  revision   team/web@${digest}: its last tag`)).toEqual([
      `  revision   team/web@${digest}:`,
      '             its last tag',
    ]);
  });

  it('does not count colours', () => {
    const text = '\u001b[1m36 items moved to the quarantine folder\u001b[22m';
    expect(wrap(text)).toEqual([text]);
  });
});
