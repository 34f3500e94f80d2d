/** The engine's flags: an unknown one prints an error line with every command. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compilerFlags } from '../../src/runtime/compiler.js';

const HEAP_FLAGS = ['--heap-growing-percent=20', '--semi-space-growth-factor=1'];

describe('compilerFlags', () => {
  it('are known to the engine that runs this test', () => {
    const flags = [...compilerFlags(process.versions.v8), ...HEAP_FLAGS];
    const code = flags.map((flag) => `require('v8').setFlagsFromString('${flag}');`).join('');
    const { stderr, status } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stderr).toBe('');
  });

  it.each([
    ['11.3.244.8-node.30', 2],
    ['12.4.254.21-node.57', 0],
    ['13.6.233.17-node.63', 0],
    ['14.6.202.34-node.40', 0],
  ])('of V8 %s are %i', (version, count) => {
    expect(compilerFlags(version)).toHaveLength(count);
  });
});
