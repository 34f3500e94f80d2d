/**
 * Power loss: the process is killed at a call, the filesystem is shut down at once without
 * writing its log (EXT4_IOC_SHUTDOWN, flag 2), and mounted again.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { type Case, type Group, spread } from '../engine.js';
import { killAt } from '../held.js';
import type { Lab, Step } from '../lab.js';
import { mustComeBack, mustHold, mustLive } from '../promise.js';
import { clone, makeTemplate, type Template } from '../store.js';
import { changes, nameOf, type Point } from '../strace.js';

const SHUT_DOWN =
  'open(F,"<",$ARGV[0]) or die; my $f=pack("L",2); ioctl(F,0x8004587D,$f) or die $!;';

class Disk {
  readonly image: string;
  readonly mountPoint: string;

  constructor(folder: string) {
    this.image = `${folder}.img`;
    this.mountPoint = folder;
    fs.mkdirSync(folder);
    fs.writeFileSync(this.image, '');
    fs.truncateSync(this.image, 48 << 20);
    execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0', this.image]);
    this.mount();
  }

  mount(): void {
    execFileSync('mount', ['-o', 'loop,commit=60', this.image, this.mountPoint]);
  }

  /** All that was not on the disk is gone. */
  losePower(): void {
    execFileSync('perl', ['-e', SHUT_DOWN, this.mountPoint]);
    this.#remount();
  }

  /**
   * Somebody's new mount namespace holds a copy of every mount, and with it this filesystem in its
   * shut down state: then it is tried again when that namespace has ended.
   */
  #remount(): void {
    for (let left = 120; left > 0; left--) {
      execFileSync('umount', [this.mountPoint]);
      this.mount();
      if (this.#isWritable()) return;
      execFileSync('sleep', ['1']);
    }
    throw new Error(`${this.mountPoint} stays shut down`);
  }

  #isWritable(): boolean {
    try {
      fs.writeFileSync(`${this.mountPoint}/probe`, '');
      fs.unlinkSync(`${this.mountPoint}/probe`);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === 'EIO') return false;
      throw error;
    }
  }

  discard(): void {
    execFileSync('umount', ['-l', this.mountPoint]);
    fs.rmdirSync(this.mountPoint);
    fs.unlinkSync(this.image);
  }
}

async function prepare(lab: Lab, disk: Disk, template: Template, step: Step): Promise<string> {
  const folder = clone(template, `${disk.mountPoint}/store`);
  if (step === 'restore' || step === 'purge') {
    const swept = await lab.run('unguarded', 'sweep', `${folder}/root`);
    if (swept.code !== 0) throw new Error(`sweep: ${swept.code} ${swept.stderr}`);
  }
  execFileSync('sync', ['-f', disk.mountPoint]);
  return folder;
}

async function lose(lab: Lab, template: Template, step: Step, point: Point): Promise<number> {
  const disk = new Disk(lab.fresh('disk', 'power'));
  try {
    const folder = await prepare(lab, disk, template, step);
    const argv = lab.argv('unguarded', step, `${folder}/root`);
    const killed = await killAt(argv, `${disk.image}.log`, point, folder);
    disk.losePower();
    const reversible = step === 'sweep' || step === 'restore';
    mustHold(template, folder, reversible);
    if (reversible) await mustComeBack(lab, template, folder);
    else await mustLive(lab, template, folder);
    return killed.killed ? 1 : 0;
  } finally {
    disk.discard();
  }
}

export const power: Group = {
  name: 'power',
  full: 40,
  short: 4,
  alone: true,
  async cases(lab, count, random) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const cases: Case[] = [];
    const shares = { sweep: 0.45, restore: 0.3, purge: 0.15, 'sweep --delete': 0.1 } as const;
    for (const step of ['sweep', 'restore', 'purge', 'sweep --delete'] as const) {
      const disk = new Disk(lab.fresh('disk', 'power'));
      const folder = await prepare(lab, disk, template, step);
      const points = await changes(
        lab.argv('unguarded', step, `${folder}/root`),
        `${disk.image}.log`,
        folder,
      );
      disk.discard();
      const wanted = Math.max(1, Math.round(count * shares[step]));
      for (const at of spread(points.length, wanted, random)) {
        const point = points[at - 1]!;
        const run = (): Promise<number> => lose(lab, template, step, point);
        cases.push({ name: `${step}: power lost at ${nameOf(point)}`, run });
      }
    }
    return cases;
  },
};
