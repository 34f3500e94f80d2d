/** The command `completion`, which prints a script for a shell. */
import { usageError } from '../../../util/errors.js';
import { writeTo } from '../../output/write.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

const HELP = `regsweep completion [bash|zsh|fish]

Print a shell completion script; without a word, for the shell in $SHELL

Examples:
  regsweep completion bash > /etc/bash_completion.d/regsweep
  regsweep completion zsh > /usr/local/share/zsh/site-functions/_regsweep
  regsweep completion fish > ~/.config/fish/completions/regsweep.fish
`;

/**
 * @param showScript prints the script for bash or zsh, by the environment variable SHELL
 * @returns whether this was the command
 * @throws RegsweepError `usage`
 */
export async function printCompletion(
  [command, ...words]: readonly string[],
  showScript: () => void,
): Promise<boolean> {
  if (command !== 'completion') return false;
  if (words.some((word) => word === '-h' || word === '--help')) {
    await writeTo(process.stdout, [HELP]);
    return true;
  }
  const [shell = shellOfUser(), ...rest] = words;
  if (rest.length > 0 || !SHELLS.some((one) => one === shell)) {
    throw usageError(`completion: "${[shell, ...rest].join(' ')}" is not one of bash, zsh, fish`);
  }
  if (shell === 'fish') {
    const { fishCompletion } = await import('./fish-script.js');
    await writeTo(process.stdout, [fishCompletion()]);
    return true;
  }
  process.env.SHELL = shell;
  delete process.env.ZSH_NAME;
  showScript();
  return true;
}

/** The shell by $SHELL; bash if that is another one. */
function shellOfUser(): string {
  const name = process.env.SHELL?.slice(process.env.SHELL.lastIndexOf('/') + 1);
  return SHELLS.find((shell) => shell === name) ?? 'bash';
}
