import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog } from '../../src/sweep/index.js';
import { makeRoot } from './helpers.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = makeRoot();
  file = `${folder}/audit.jsonl`;
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function append(...events: string[]): void {
  const log = new AuditLog(file);
  for (const event of events) log.append({ event });
  log.close();
}

const verify = () => new AuditLog(file).verify();
const edit = (change: (text: string) => string): void =>
  fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));

it('is whole when missing, and across several writers', () => {
  expect(verify()).toEqual({ ok: true, lines: 0, torn: 0 });
  append('a', 'b');
  append('c');
  expect(verify()).toEqual({ ok: true, lines: 3, torn: 0 });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

it('shows a changed, a removed and a slipped-in line', () => {
  append('a', 'b', 'c', 'd');
  const text = fs.readFileSync(file, 'utf8');
  const lines = text.split('\n');
  edit(() => text.replace('"b"', '"x"'));
  expect(verify()).toMatchObject({ ok: false, brokenAt: 3 });
  edit(() => [lines[0], ...lines.slice(2)].join('\n'));
  expect(verify()).toMatchObject({ ok: false, brokenAt: 2 });
  edit(() => [lines[0], lines[0], ...lines.slice(1)].join('\n'));
  expect(verify()).toMatchObject({ ok: false, brokenAt: 2 });
  edit(() => [lines[0], 'rubbish', ...lines.slice(1)].join('\n'));
  expect(verify()).toMatchObject({ ok: false, brokenAt: 2 });
});

it('notes a line that a crash cut short, and goes on', () => {
  append('a', 'b');
  edit((text) => text.slice(0, -5));
  expect(verify()).toEqual({ ok: true, lines: 2, torn: 1 });
  append('c');
  expect(verify()).toEqual({ ok: true, lines: 4, torn: 1 });
});

it('goes on after a crash right before the last newline, or right after it', () => {
  append('a', 'b');
  edit((text) => text.slice(0, -1));
  append('c');
  expect(verify()).toMatchObject({ ok: true, lines: 4 });
  edit((text) => `${text}{"prev":"half\n`);
  append('d');
  expect(verify()).toMatchObject({ ok: true, lines: 7, torn: 1 });
});

it('escapes controls, direction marks and raw bytes', () => {
  append('a\u001b[2J\u009b\u202e\udcff\n');
  const text = fs.readFileSync(file, 'utf8');
  expect(text).toContain('"a\\u001b[2J\\u009b\\u202e\\udcff\\n"');
  expect(verify()).toMatchObject({ ok: true, lines: 1 });
});

describe('the anchor', () => {
  const log = () => new AuditLog(file, `${folder}/history/audit.json`);
  const appendAnchored = (...events: string[]): void => {
    const one = log();
    for (const event of events) one.append({ event });
    one.anchor();
    one.close();
  };
  const cut = (lines: number): void =>
    edit((text) => `${text.split('\n').slice(0, lines).join('\n')}\n`);

  it('holds over several writers, and over lines that came after it', () => {
    appendAnchored('a', 'b');
    appendAnchored('c');
    append('d');
    expect(log().verify()).toEqual({ ok: true, lines: 4, torn: 0 });
    appendAnchored('e');
    expect(log().verify()).toEqual({ ok: true, lines: 5, torn: 0 });
    expect(JSON.parse(fs.readFileSync(`${folder}/history/audit.json`, 'utf8'))).toMatchObject({
      lines: 5,
      bytes: fs.statSync(file).size,
    });
  });

  it('shows a cut at the end, and goes on showing it', () => {
    appendAnchored('a', 'b', 'c');
    cut(2);
    expect(verify()).toMatchObject({ ok: true });
    expect(log().verify()).toEqual({ ok: false, lines: 2, torn: 0, brokenAt: 3, anchored: 3 });
    appendAnchored('d', 'e');
    expect(verify()).toMatchObject({ ok: true, lines: 4 });
    expect(log().verify()).toMatchObject({ ok: false, brokenAt: 3, anchored: 3 });
  });

  it('shows that the log is gone', () => {
    appendAnchored('a', 'b');
    fs.unlinkSync(file);
    expect(log().verify()).toEqual({ ok: false, lines: 0, torn: 0, brokenAt: 1, anchored: 2 });
    appendAnchored('c');
    expect(log().verify()).toMatchObject({ ok: false, anchored: 2 });
  });

  it.each(['', '{}', '{"v":1,"lines":0,"bytes":0,"last":""}', 'null'])('%j is none', (text) => {
    appendAnchored('a');
    fs.writeFileSync(`${folder}/history/audit.json`, text);
    expect(log().verify()).toEqual({ ok: false, lines: 1, torn: 0, anchored: 'damaged' });
  });
});

describe('a log that is rotated', () => {
  const anchorPath = (): string => `${folder}/history/audit.json`;
  const anchored = (): AuditLog => new AuditLog(file, anchorPath());
  const write = (...events: string[]): void => {
    const log = anchored();
    for (const event of events) log.append({ event });
    log.anchor();
    log.close();
  };
  const rotate = (): string => {
    const log = anchored();
    const target = log.rotate();
    log.close();
    return target;
  };
  const check = () => anchored().verify();

  it('is one chain over all its files, and the new one names the old one', async () => {
    write('a', 'b');
    const first = rotate();
    write('c');
    await new Promise((resolve) => setTimeout(resolve, 2));
    const second = rotate();
    write('d');
    expect(check()).toEqual({ ok: true, lines: 6, torn: 0 });
    const [head] = fs.readFileSync(file, 'utf8').split('\n');
    expect(JSON.parse(head!)).toMatchObject({ event: 'rotated', from: second.split('/').at(-1) });
    const text = fs.readFileSync(first, 'utf8');
    fs.writeFileSync(first, text.replace('"a"', '"x"'));
    expect(check()).toMatchObject({ ok: false, path: first, brokenAt: 2 });
    fs.writeFileSync(first, text.slice(0, text.indexOf('\n') + 1));
    expect(check()).toMatchObject({ ok: false, path: second, brokenAt: 1 });
    fs.unlinkSync(first); // archived elsewhere
    expect(check()).toMatchObject({ ok: true, lines: 4 });
    fs.unlinkSync(second);
    expect(check()).toMatchObject({ ok: true, lines: 2 });
    fs.unlinkSync(file);
    expect(check()).toMatchObject({ ok: false });
  });

  it('goes on where a rotation was killed, and a cut still shows', () => {
    write('a', 'b');
    fs.renameSync(file, `${folder}/audit-20260101T000000000Z.jsonl`);
    expect(check()).toMatchObject({ ok: true, lines: 2 });
    write('c');
    expect(check()).toMatchObject({ ok: true, lines: 4 });
    edit((text) => text.slice(0, text.indexOf('\n') + 1));
    expect(check()).toMatchObject({ ok: false, anchored: 2 });
    write('d');
    expect(check()).toMatchObject({ ok: false });
  });
});
