import fs from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
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
