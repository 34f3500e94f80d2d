/** The load of the machine, as the pool of threads measures it. */
import { expect, it } from 'vitest';
import { CpuLoad } from '../../src/facts/pool/cpu-load.js';

/** A machine whose counters of CPU time advance in ticks of 10 ms. */
function machine(share: number) {
  const clock = { ms: 0 };
  const load = new CpuLoad(
    () => Math.floor((clock.ms * share) / 10) * 10,
    () => clock.ms,
  );
  return { clock, load };
}

it('the load is the share of CPU time since the last measurement', () => {
  const { clock, load } = machine(0.5);
  clock.ms = 100;
  expect(load.sample()).toBe(0.5);
  clock.ms = 300;
  expect(load.sample()).toBe(0.5);
});

it('two measurements right after each other do not show a busy machine as idle', () => {
  const { clock, load } = machine(1);
  clock.ms = 4;
  expect(load.sample()).toBe(1);
  clock.ms = 130;
  const busy = load.sample();
  expect(busy).toBeGreaterThan(0.9);
  clock.ms = 134;
  expect(load.sample()).toBe(busy);
  clock.ms = 230;
  expect(load.sample()).toBe(1);
});
