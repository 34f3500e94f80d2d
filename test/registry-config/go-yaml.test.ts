import { describe, expect, it } from 'vitest';
import { parseGoYaml } from '../../src/registry-config/go-yaml.js';
import { readProcessConfig } from '../../src/registry-config/process-config.js';

const BASES = 'a: &a {rootdirectory: /a, x: 1}\nb: &b {rootdirectory: /b}\n';

describe('YAML as the registry decodes it', () => {
  it.each([
    ['{rootdirectory: /own, <<: *a}', { rootdirectory: '/a', x: 1 }],
    ['{<<: *a, rootdirectory: /own}', { rootdirectory: '/own', x: 1 }],
    ['{<<: *a, <<: *b}', { rootdirectory: '/b', x: 1 }],
    ['{<<: [*a, *b]}', { rootdirectory: '/a', x: 1 }],
    ['{"<<": /text}', { '<<': '/text' }],
    ['{x: 1, x: 2}', { x: 2 }],
    ['{on: yes, 1: 010}', { on: true, 1: 8 }],
    ['[1, *b]', [1, { rootdirectory: '/b' }]],
  ])('%s', (text, expected) => {
    const { it: found } = parseGoYaml(`${BASES}it: ${text}\n`) as { it: unknown };
    expect(JSON.parse(JSON.stringify(found))).toEqual(expected);
  });

  it('refuses what it can’t read to its end', () => {
    expect(() => parseGoYaml('{{')).toThrow();
    expect(() => parseGoYaml('{<<: 1}')).toThrow('map merge');
    const doubled = Array.from({ length: 24 }, (_, i) => `k${i + 1}: &k${i + 1} [*k${i}, *k${i}]`);
    expect(() => parseGoYaml(['k0: &k0 [1, 1]', ...doubled].join('\n'))).toThrow('too many');
  });
});

describe('the environment as the registry reads it', () => {
  const file = 'version: 0.1\nstorage: {filesystem: {rootdirectory: /file}}\n';

  it.each([
    'REGISTRY_STORAGE_FILESYSTEM_rootdirectory',
    'REGISTRY_STORAGE_FILESYSTEM_RootDirectory',
    'REGISTRY_STORAGE_filesystem_rootdirectory',
  ])('%s', (name) => {
    expect(readProcessConfig(file, { [name]: '/env' }).rootDirectory).toBe('/env');
  });

  it('is not guessed at where two names differ in case alone', () => {
    const name = 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY';
    const other = 'REGISTRY_STORAGE_FILESYSTEM_rootdirectory';
    expect(() => readProcessConfig(file, { [name]: '/a', [other]: '/b' })).toThrow(name);
    expect(readProcessConfig(file, { [name]: '/a', [other]: '/a' }).rootDirectory).toBe('/a');
  });
});
