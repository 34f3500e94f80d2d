/** A /proc of our own making, beside a real tree. */
import fs from 'node:fs';
import { Proc } from '../../src/guard/host/procfs.js';

const INITIAL = 'pid:[4026531836]';
const ALL_CAPABILITIES = '000001ffffffffff';

export interface FakeProcess {
  readonly pid: number;
  readonly argv?: readonly string[];
  readonly comm?: string;
  readonly state?: string;
  readonly kernelThread?: boolean;
  readonly exe?: string;
  readonly mountNamespace?: string;
  readonly mountinfo?: string;
  readonly root?: string;
  readonly environ?: Readonly<Record<string, string>>;
  /** Descriptor → [path, octal flags]. */
  readonly fds?: Readonly<Record<string, readonly [string, string]>>;
  /** These can't be read: neither link nor file stands there. */
  readonly denied?: readonly string[];
}

export class FakeProc {
  readonly proc: Proc;

  constructor(readonly folder: string) {
    fs.mkdirSync(folder);
    this.proc = new Proc(folder);
    this.write('uptime', '100000.00 1.00\n');
    this.add({ pid: 1, argv: ['/sbin/init'] });
    this.process('self', { pid: 0, argv: ['regsweep'] });
    this.link('self/ns/pid', INITIAL);
    this.link('1/ns/pid', INITIAL);
    this.write('self/status', `NSpid:\t10\nCapEff:\t${ALL_CAPABILITIES}\n`);
    this.write('self/uid_map', '         0          0 4294967295\n');
  }

  add(fake: FakeProcess): this {
    this.process(String(fake.pid), fake);
    return this;
  }

  write(name: string, text: string): void {
    const path = `${this.folder}/${name}`;
    fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    fs.writeFileSync(path, text);
  }

  link(name: string, target: string): void {
    const path = `${this.folder}/${name}`;
    fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) fs.unlinkSync(path);
    fs.symlinkSync(target, path);
  }

  private process(id: string, fake: FakeProcess): void {
    const flags = fake.kernelThread === true ? 0x00200000 : 0x00400000;
    const comm = fake.comm ?? fake.argv?.[0]?.split('/').at(-1) ?? 'x';
    const zeros = '0 '.repeat(12);
    this.write(
      `${id}/stat`,
      `${fake.pid} (${comm}) ${fake.state ?? 'S'} 1 1 1 0 -1 ${flags} ${zeros}500 0`,
    );
    this.write(`${id}/cmdline`, (fake.argv ?? []).map((word) => `${word}\0`).join(''));
    this.write(`${id}/cgroup`, '0::/\n');
    this.write(
      `${id}/environ`,
      Object.entries(fake.environ ?? {})
        .map(([k, v]) => `${k}=${v}\0`)
        .join(''),
    );
    this.write(
      `${id}/mountinfo`,
      fake.mountinfo ?? fs.readFileSync('/proc/self/mountinfo', 'utf8'),
    );
    this.link(`${id}/ns/mnt`, fake.mountNamespace ?? 'mnt:[1]');
    this.link(`${id}/ns/net`, 'net:[1]');
    this.link(`${id}/root`, fake.root ?? '/');
    if (fake.kernelThread !== true) this.link(`${id}/exe`, fake.exe ?? '/bin/true');
    fs.mkdirSync(`${this.folder}/${id}/fd`);
    for (const [fd, [path, mode]] of Object.entries(fake.fds ?? {})) {
      this.link(`${id}/fd/${fd}`, path);
      this.write(`${id}/fdinfo/${fd}`, `pos:\t0\nflags:\t${mode}\nmnt_id:\t27\n`);
    }
    for (const name of fake.denied ?? []) {
      fs.unlinkSync(`${this.folder}/${id}/${name}`);
      fs.mkdirSync(`${this.folder}/${id}/${name}`); // no error of "it has ended"
    }
  }
}
