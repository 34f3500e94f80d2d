/** What a list of images that run may hold: what is not understood must not go. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keepListOf } from '../../src/app/select/keep-list.js';
import { RegsweepError } from '../../src/util/errors.js';
import { removeTemp } from '../harness/temp.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-keep-'));
afterAll(() => removeTemp(folder));

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const CAPITALS = `sha256:${'C'.repeat(64)}`;

function read(text: string): unknown {
  const path = join(folder, 'keep');
  writeFileSync(path, text);
  try {
    return keepListOf({ keepDigests: path, root: folder });
  } catch (error) {
    if (error instanceof RegsweepError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const list = (keepDigests: string[], keepNames: string[] = []) => ({ keepDigests, keepNames });

it('names each digest once, wherever it stands in its line', () => {
  expect(read(`# what runs\n${B} web\n\nhost/app@${A} # twice\n${A}\n`)).toEqual(list([A, B]));
});

describe('references', () => {
  it.each<[string, unknown]>([
    ['app:v1', list([], ['app:v1'])],
    [
      'registry.example.com:5000/team/app:v1.2_x',
      list([], ['registry.example.com:5000/team/app:v1.2_x']),
    ],
    ['docker://localhost/app:v1', list([], ['docker://localhost/app:v1'])],
    [`docker-pullable://reg.example.com/team/app@${A}`, list([A])],
    [`reg/app:v1@${B}`, list([B])],
    ['app:v1 app:v2,team/web', list([], ['app:v1', 'app:v2', 'team/web'])],
    ['sha256:65fa6527ba3e', list([], ['sha256:65fa6527ba3e'])],
    ['65fa6527ba3e', list([], ['65fa6527ba3e'])],
    [`${A} sha256:65fa6527ba3e`, list([A], ['sha256:65fa6527ba3e'])],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

describe('what programs print', () => {
  const pods = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        kind: 'Pod',
        metadata: { name: 'web' },
        spec: {
          initContainers: [{ name: 'i', image: 'reg:5000/team/init:1' }],
          containers: [{ name: 'c', image: 'reg:5000/team/web:1.2', imagePullPolicy: 'Always' }],
        },
        status: {
          containerStatuses: [
            { image: 'reg:5000/team/web:1.2', imageID: `docker-pullable://reg:5000/team/web@${A}` },
          ],
          initContainerStatuses: [{ image: B, imageID: '' }],
        },
      },
    ],
  };

  it.each<[string, string, unknown]>([
    [
      'kubectl get pods -o json',
      JSON.stringify(pods, null, 4),
      list([A, B], ['reg:5000/team/init:1', 'reg:5000/team/web:1.2']),
    ],
    [
      'docker ps --format json',
      '{"Command":"\\"sh\\"","ID":"0123456789ab","Image":"localhost:5000/app:v1","Names":"web"}\n{"ID":"1123456789ab","Image":"65fa6527ba3e","Names":"db"}\n',
      list([], ['65fa6527ba3e', 'localhost:5000/app:v1']),
    ],
    [
      'podman ps --format json',
      JSON.stringify([
        {
          Id: 'f'.repeat(64),
          Image: 'localhost:5000/app:v1',
          ImageID: 'a'.repeat(64),
          Names: ['web'],
        },
      ]),
      list([], ['a'.repeat(64), 'localhost:5000/app:v1']),
    ],
    [
      'docker inspect',
      JSON.stringify([{ Image: A, Config: { Image: 'app:v1' } }]),
      list([A], ['app:v1']),
    ],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

it.each([
  ['', 'it names no digest and no image'],
  ['# nothing runs\n\n', 'it names no digest and no image'],
  ['{"kind":"List","items":[]}', 'it names no digest and no image'],
  ['{"kind":"List","items":[{"spec"', 'line 1: '],
  ['[{"Image": "app:v1"},\n{"Image":', 'line 1: '],
  ['{"Image":"app:v1"}\n{"Image":"a', 'line 2: '],
  ['{"Image":"Error: no such thing"}', 'is neither a digest nor repo:tag'],
  [CAPITALS, 'line 1: digests are in lower case'],
  [`${A}\n${A} ${CAPITALS}`, 'line 2: digests are in lower case'],
  [`${A} sha256:abc`, 'line 1: "sha256:abc" is neither a digest nor repo:tag'],
  ['CONTAINER ID   IMAGE   COMMAND', 'line 1: "CONTAINER" is neither a digest nor repo:tag'],
  ['error: connection refused!', 'line 1: '],
  ['app:', 'line 1: '],
])('%j is refused', (text, message) => {
  expect(read(text)).toMatch(/^usage: /);
  expect(read(text)).toContain(message);
});
