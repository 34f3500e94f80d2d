/** From which Node an executable or package is made, and so for which architecture. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** By `e_machine` of an ELF file. */
const ARCHITECTURES = {
  62: { name: 'x64', debian: 'amd64' },
  183: { name: 'arm64', debian: 'arm64' },
} as const;

export interface Target {
  /** The executable of Node. */
  readonly node: string;
  /** As `process.arch`. */
  readonly arch: string;
  /** As `dpkg --print-architecture`. */
  readonly debian: string;
  /** What the command line names as the result. */
  readonly outfile?: string;
}

/** `[--node PATH] [OUTFILE]`; by itself the Node that runs this. @throws where it can't be used */
export function targetOf(args: readonly string[]): Target {
  const options = { node: { type: 'string', default: process.execPath } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const { node } = values;
  const content = readFileSync(node);
  const isElf = content.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  const machine = isElf ? content.readUInt16LE(18) : 0;
  const known = ARCHITECTURES[machine as keyof typeof ARCHITECTURES];
  if (known === undefined) throw new Error(`${node} is no Linux executable for x64 or arm64`);
  // A blob is only understood by the version of Node that wrote it.
  if (!content.includes(`node.js/${process.version}\0`)) {
    throw new Error(`${node} is not Node ${process.version}, which runs this build`);
  }
  const [outfile] = positionals;
  return { node, arch: known.name, debian: known.debian, ...(outfile !== undefined && { outfile }) };
}
