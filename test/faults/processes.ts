/** A traced process and its tracer, as /proc shows them. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * strace would wait for the end of its delay, so it goes too; a SIGKILL that is pending lets its
 * process make no further call.
 */
export async function endBoth(held: number, tracer: number): Promise<void> {
  end(held);
  end(tracer);
  for (let left = 1000; left > 0 && isThere(held); left--) await sleep(5);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

function isThere(pid: number): boolean {
  try {
    return !'ZX'.includes(stateOf(`/proc/${pid}`));
  } catch {
    return false;
  }
}

/** The one process that strace itself started. */
export function childOf(tracer: number): number | undefined {
  try {
    const children = fs.readFileSync(`/proc/${tracer}/task/${tracer}/children`, 'utf8');
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined;
  }
}

export function stateOf(folder: string): string {
  const stat = fs.readFileSync(`${folder}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}
