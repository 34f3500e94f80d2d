/** Why something that the user named can't be removed, or only partly. */
import type { Facts } from '../../facts/types.js';
import { repositoryPath } from '../../storage/layout.js';

export interface Obstacle {
  readonly reference: string;
  readonly why: string;
  readonly remedy: string;
  /** `facts`: its repository does not allow it. `part`: it belongs to an index that is kept. */
  readonly kind: 'facts' | 'part';
}

const IMMOVABLE = 'nothing is removed through a symbolic link or from another filesystem';

/** What lets a repository be removed of which a part lies behind a link or on another filesystem. */
export const remedyForImmovable = (facts: Facts, name: string): string =>
  layoutCommands(facts, name) ?? IMMOVABLE;

/** @returns the commands for the immovable part that contains the repository, or is in it */
function layoutCommands({ findings }: Facts, name: string): string | undefined {
  const folder = `${repositoryPath(name)}/`;
  for (const code of ['symlinked', 'other-filesystem'] as const) {
    const found = findings.samples(code).find(({ path }) => {
      return folder.startsWith(`${path}/`) || `${path}/`.startsWith(folder);
    });
    if (found?.command !== undefined) return found.command;
  }
  return undefined;
}
