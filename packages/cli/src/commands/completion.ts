// `trunkline completion`: the script by which a shell completes the words of this command.

import type { Command } from 'commander'
import { Argument } from 'commander'
import { commandTree } from '../completion/command-tree.ts'
import type { Shell } from '../completion/scripts.ts'
import { completionScript, SHELLS } from '../completion/scripts.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
The script knows the commands, their options, the words that an option takes, and the names of your contexts.

Examples:
  echo 'source <(trunkline completion bash)' >> ~/.bashrc
  echo 'source <(trunkline completion zsh)' >> ~/.zshrc          after compinit
  trunkline completion fish > ~/.config/fish/completions/trunkline.fish`

/** Adds the command to the program. */
export function defineCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('Print the script by which a shell completes this command.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell) => terminal.print(completionScript(shell, commandTree(program))))
}
