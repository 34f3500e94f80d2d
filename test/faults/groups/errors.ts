/** An error, or a lie, at the calls that change the disk and at those that read it. */

import type { Random } from '../../harness/random.js';
import { cloneSwept } from '../adopt.js';
import { type Case, type Group, spread } from '../engine.js';
import type { Lab, Step } from '../lab.js';
import { mustComeBack, mustHold, mustLive } from '../promise.js';
import { clone, discard, makeTemplate, type Template } from '../store.js';
import { changes, type Inject, reads, strace, type Traced } from '../strace.js';

const ERRORS: Readonly<Record<string, readonly string[]>> = {
  rename: ['EIO', 'EACCES', 'EPERM', 'ENOSPC', 'EROFS', 'EXDEV'],
  mkdir: ['ENOSPC', 'EIO', 'EROFS', 'EACCES'],
  fsync: ['EIO', 'ENOSPC', 'EROFS', 'EINTR'],
  write: ['ENOSPC', 'EIO', 'EINTR'],
  rmdir: ['EIO', 'EPERM', 'EROFS', 'EACCES'],
  unlink: ['EIO', 'EPERM', 'EROFS'],
  ftruncate: ['EIO'],
  fchmod: ['EPERM'],
};

/** Errors of calls that only read. */
const READING: readonly (readonly [string, string])[] = [
  ...(['EIO', 'EACCES'] as const).map((errno) => ['getdents64', errno] as const),
  ...(['EMFILE', 'ENFILE', 'EACCES'] as const).map((errno) => ['openat', errno] as const),
  ...[['statx', 'EIO'] as const, ['read', 'EIO'] as const, ['pread64', 'EIO'] as const],
];

/** Errors after which a command that says it went well has lied. */
const GRAVE = new Set(['rename', 'fsync', 'mkdir']);

interface Plan {
  readonly step: Step;
  /** Only a fault in the store counts, none in Node's own files. */
  readonly inside?: boolean;
  readonly mayMiss?: boolean;
  readonly inject: Inject;
  /** A path in the store that the call is given: there it is met in the end. */
  readonly elsewhere?: string | undefined;
}

/** The store as `step` finds it. */
async function prepare(lab: Lab, template: Template, step: Step): Promise<string> {
  const target = lab.fresh('memory');
  return step === 'sweep' ? clone(template, target) : cloneSwept(lab, template, target);
}

/** Ordinals drift by a few from run to run. */
const DRIFT = [0, 1, -1, 2, -2, 3, -3, 4, -4, 6, -6, 8, -8, 13, -13, 21, -21, 34, -34] as const;

/** A fault that was met elsewhere, or not at all, is tried again nearby. */
async function faulty(
  lab: Lab,
  template: Template,
  plan: Plan,
  judge: (traced: Traced) => void = () => {},
): Promise<number> {
  const { inject } = plan;
  const [, first = '1', lasting = ''] = /^(\d+)(.*)$/.exec(inject.when) ?? [];
  for (const drift of DRIFT) {
    const when = `${Math.max(1, Number(first) + drift)}${lasting}`;
    if ((await once(lab, template, { ...plan, inject: { ...inject, when } }, judge)) > 0) return 1;
    if (plan.mayMiss === true) break;
  }
  if (plan.elsewhere === undefined) return 0;
  const fault = { ...inject, when: '1', path: plan.elsewhere };
  return once(lab, template, { ...plan, inject: fault }, judge);
}

async function once(
  lab: Lab,
  template: Template,
  { step, inject, inside }: Plan,
  judge: (traced: Traced) => void,
): Promise<number> {
  const folder = await prepare(lab, template, step);
  const argv = lab.argv('unguarded', step, `${folder}/root`);
  const within = inside === true && inject.call === 'write' ? folder : undefined;
  const { path } = inject;
  const fault = { ...inject, path: path === undefined ? undefined : `${folder}/${path}` };
  const traced = await strace(argv, `${folder}.log`, fault, undefined, undefined, within);
  const { stdout, stderr, code = -1 } = traced;
  const reversible = step !== 'purge';
  mustHold(template, folder, reversible, { stdout, stderr, code });
  judge(traced);
  if (reversible) await mustComeBack(lab, template, folder);
  else await mustLive(lab, template, folder);
  discard(folder);
  const places = traced.places.filter((line) => inside !== true || line.includes(folder));
  return places.length > 0 ? 1 : 0;
}

/** Nothing that failed is told as done. */
const mustTell =
  ({ step, inject: { call, effect } }: Plan) =>
  ({ code, injected, places, stderr, stdout }: Traced): void => {
    if (injected === 0 || code !== 0 || !GRAVE.has(call) || effect.endsWith('EINTR')) return;
    // On a full disk they are truncated, and written once more after the reserve is freed.
    const isRecord = (line: string): boolean => /\/(?:journal|audit)\.jsonl>/.test(line);
    if (effect.endsWith('ENOSPC') && places.every(isRecord)) return;
    // A restore frees the reserve too, and tries the rest once more.
    if (effect.endsWith('ENOSPC') && step === 'restore' && call !== 'fsync') return;
    // The run itself is done and on the disk; the next command anchors the log again.
    if (stderr.includes('the length of the audit log was not recorded')) return;
    const where = places.join('\n');
    throw new Error(`exit 0 after ${effect}: ${where}\n${stderr.slice(-500)}${stdout.slice(-500)}`);
  };

async function plansOf(lab: Lab, template: Template, step: Step): Promise<Plan[]> {
  const folder = await prepare(lab, template, step);
  const argv = lab.argv('unguarded', step, `${folder}/root`);
  const points = await changes(argv, `${folder}.log`, folder);
  discard(folder);
  return points.flatMap(({ call, when, path }) =>
    (ERRORS[call] ?? []).map((errno, i) => {
      // Once, and from there on: a disk that recovers, and one that doesn't.
      // (EINTR for ever is a loop in libuv.)
      const once = call === 'write' || errno === 'EINTR';
      const lasting = (when + i) % 3 === 0 && !once ? '+' : '';
      const inject = { call, path, effect: `error=${errno}`, when: `${when}${lasting}` };
      // How often threads wake each other by writing to pipes depends on the machine's load.
      const elsewhere = call === 'write' ? 'root/.regsweep/audit.jsonl' : undefined;
      return { step, inject, inside: call === 'write', elsewhere };
    }),
  );
}

async function errorCases(lab: Lab, count: number, random: Random): Promise<Case[]> {
  const template = makeTemplate(lab.fresh('memory', 'template'));
  const reading = await readingPlans(lab, template, Math.ceil(count / 10), random);
  const shares = { sweep: 0.6, restore: 0.25, purge: 0.15 } as const;
  const changing: Plan[] = [];
  for (const step of ['sweep', 'restore', 'purge'] as const) {
    const all = random.sample(await plansOf(lab, template, step), Number.MAX_SAFE_INTEGER);
    const wanted = Math.ceil((count - reading.length) * shares[step]);
    changing.push(...spread(all.length, wanted, random).map((at) => all[at - 1]!));
  }
  return [...reading, ...changing].map((plan) => ({
    name: nameOf(plan),
    run: () => faulty(lab, template, plan, mustTell(plan)),
  }));
}

function nameOf({ step, inject: { call, effect, when, path } }: Plan): string {
  return `${step}: ${call} ${effect} at ${when}${path === undefined ? '' : ` of ${path}`}`;
}

async function readingPlans(
  lab: Lab,
  template: Template,
  count: number,
  random: Random,
): Promise<Plan[]> {
  const folder = await prepare(lab, template, 'sweep');
  const calls = [...new Set(READING.map(([call]) => call))];
  const argv = lab.argv('unguarded', 'sweep', `${folder}/root`);
  const points = await reads(argv, `${folder}.log`, calls, folder);
  discard(folder);
  const each = Math.ceil(count / READING.length);
  return READING.flatMap(([call, errno]) => {
    const all = points.filter((point) => point.call === call);
    // The last ones come in one run and not in the next.
    const own = all.slice(0, Math.ceil(all.length * 0.8));
    const named = own.flatMap(({ path }) => path ?? []);
    return spread(own.length, each, random).map((at): Plan => {
      const { when } = own[at - 1]!;
      const inject = { call, effect: `error=${errno}`, when: String(when) };
      return { step: 'sweep', inside: true, inject, elsewhere: named[at % named.length] };
    });
  }).slice(0, count);
}

export const errors: Group = {
  name: 'errors',
  full: 300,
  short: 12,
  cases: errorCases,
};

/** Success that is none: what the product relies on must be looked at, not believed. */
export const lies: Group = {
  name: 'lies',
  full: 12,
  short: 4,
  mustHit: false,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const plans: Plan[] = [
      ...['9', '1', '20+'].map((n) => ['sweep', 'rename', n] as const),
      ...[1, 2, 4, 7, 11, 16].map((n) => ['sweep', 'getdents64', `${n}`] as const),
      ['sweep', 'getdents64', '1+'] as const,
      ['restore', 'rename', '2'] as const,
      ['sweep', 'rmdir', '1+'] as const,
    ].map(([step, call, when]) => ({ step, inject: { call, effect: 'retval=0', when } }));
    const every = count < plans.length ? Math.ceil(plans.length / count) : 1;
    return plans
      .filter((_, i) => i % every === 0)
      .map(({ step, inject }) => ({
        name: `${step}: ${inject.call} lies at ${inject.when}`,
        run: () =>
          faulty(lab, template, { step, inject, mayMiss: true }, mustTell({ step, inject })),
      }));
  },
};
