// The whole command line: the commands, and the exit code and the line on stderr for their errors.

import { Command, CommanderError } from 'commander'
import { defineCall } from './commands/call.ts'
import { defineCheck } from './commands/check.ts'
import { defineConfigCommand } from './commands/config.ts'
import { defineContract } from './commands/contract.ts'
import { defineDev } from './commands/dev.ts'
import { defineHealth } from './commands/health.ts'
import { defineImport } from './commands/import.ts'
import { defineInit } from './commands/init.ts'
import { defineKeys } from './commands/keys.ts'
import { defineStatus } from './commands/status.ts'
import { defineLs } from './commands/ls.ts'
import { defineLog } from './commands/log.ts'
import { defineDrain, defineKick } from './commands/kick.ts'
import { definePublish } from './commands/publish.ts'
import { defineRegister } from './commands/register.ts'
import { defineReload } from './commands/reload.ts'
import { defineSalt } from './commands/salt.ts'
import { defineStart } from './commands/start.ts'
import { defineSubscribe } from './commands/subscribe.ts'
import { defineToken } from './commands/token.ts'
import { EXIT_CODES, exitCodeLines, exitCodeOf } from './exit-codes.ts'
import { failureJson, failureText } from './failures.ts'
import { printableOn } from './printable.ts'
import type { Terminal } from './terminal.ts'
import { readVersion } from './version.ts'

/**
 * Runs one command line to its end. Never throws.
 * @param words the arguments without those of Node
 * @returns the exit code
 */
export async function run(words: readonly string[], bare: Terminal): Promise<number> {
  const terminal = printableOn(bare)
  const code = await ended(words, terminal, () => parse(words, terminal))
  const isPrinted = await ended(words, terminal, () => terminal.printed())
  return code === EXIT_CODES.ok.code ? isPrinted : code
}

async function parse(words: readonly string[], terminal: Terminal): Promise<void> {
  const program = defineProgram(terminal)
  await program.parseAsync(words.length === 0 ? ['--help'] : helpOfCommands(program, words), { from: 'user' })
}

/** Runs an action and prints its error on stderr. */
async function ended(words: readonly string[], terminal: Terminal, act: () => Promise<void>): Promise<number> {
  try {
    await act()
    return EXIT_CODES.ok.code
  } catch (error) {
    const code = exitCodeOf(error)
    if (code !== EXIT_CODES.ok.code && !(error instanceof CommanderError)) {
      const isFault = code === EXIT_CODES.fault.code
      const text = words.includes('--json') && !isFault ? failureJson(error) : `error: ${failureText(error, isFault)}`
      terminal.complain(`${text}\n`)
    }
    return code
  }
}

/** Removes the help option after an unknown command, so that the error names the command. */
function helpOfCommands(command: Command, words: readonly string[]): string[] {
  const [first, ...rest] = words
  if (first === undefined || first.startsWith('-') || command.commands.length === 0) return [...words]
  if (first === 'help' && rest.length > 0) return helpOfCommands(command, [...rest, '--help'])
  const named = command.commands.find((each) => each.name() === first)
  if (named !== undefined) return [first, ...helpOfCommands(named, rest)]
  return first === 'help' ? [first] : words.filter((word) => word !== '-h' && word !== '--help')
}

function defineProgram(terminal: Terminal): Command {
  const program = new Command('trunkline')
    .description('A WAMP router and the command line for any WAMP router.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'Show the help of a command.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text), writeErr: (text) => terminal.complain(text) })
    .showHelpAfterError("(add '--help' to see the commands and options)")
    .showSuggestionAfterError()
    .addHelpText('after', `\nExit codes:\n${exitCodeLines()}\n\nStart with: trunkline dev`)
  for (const define of COMMANDS) define(program, terminal)
  return program
}

/** In the order of the help. */
const COMMANDS = [
  defineDev,
  defineInit,
  defineImport,
  defineStart,
  defineReload,
  defineHealth,
  defineStatus,
  defineLs,
  defineKick,
  defineDrain,
  defineLog,
  defineCheck,
  defineConfigCommand,
  defineContract,
  defineKeys,
  defineToken,
  defineSalt,
  defineCall,
  definePublish,
  defineSubscribe,
  defineRegister,
]
