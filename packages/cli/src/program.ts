// The whole command line: the commands, and the exit code and the line on stderr for their errors.

import { Command, CommanderError } from 'commander'
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

async function parse(given: readonly string[], terminal: Terminal): Promise<void> {
  // Both letters are usual for it.
  const words = given[0] === '-v' ? ['--version', ...given.slice(1)] : given
  const program = defineProgram(terminal)
  for (const { group, define } of await needed(words[0])) define(program.commandsGroup(group), terminal)
  // Not before, since the commands would inherit them.
  program.configureHelp({ subcommandTerm: (command) => command.name() })
  program.commandsGroup('This command:').helpCommand(HELP_COMMAND, HELP_ABOUT)
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

/** The command that is named, or all, where the help, a suggestion or completion tells of all. */
async function needed(word: string | undefined): Promise<Needed[]> {
  if (word === '--version' || word === '-V') return []
  const all = Object.entries(COMMANDS).flatMap(([group, commands]) =>
    Object.entries(commands).map(([name, load]) => ({ group, name, load })),
  )
  const named = all.filter(({ name }) => name === word && word !== 'completion')
  const chosen: Needed[] = []
  // One after the other: all at once would need a file descriptor for each file.
  for (const { group, load } of named.length === 0 ? all : named) chosen.push({ group, define: await load() })
  return chosen
}

function defineProgram(terminal: Terminal): Command {
  const program = new Command('trunkline')
    .description('A WAMP router and the command line for any WAMP router.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(HELP_COMMAND, HELP_ABOUT)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text), writeErr: (text) => terminal.complain(text) })
    .showHelpAfterError("(add '--help' to see the commands and options)")
    .showSuggestionAfterError()
    .addHelpText('after', `\nExit codes:\n${exitCodeLines()}\n\nStart with: trunkline dev`)
  return program
}

const HELP_COMMAND = 'help [command]'
const HELP_ABOUT = 'Show the help of a command.'

type Define = (program: Command, terminal: Terminal) => void

interface Needed {
  /** Its heading in the help. */
  readonly group: string
  readonly define: Define
}

/** By heading and name, in the order of the help. Each is loaded when it is run, so that the others cost no time. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Promise<Define>>>>> = {
  'Run a router:': {
    dev: async () => (await import('./commands/dev.ts')).defineDev,
    init: async () => (await import('./commands/init.ts')).defineInit,
    start: async () => (await import('./commands/start.ts')).defineStart,
    check: async () => (await import('./commands/check.ts')).defineCheck,
    config: async () => (await import('./commands/config.ts')).defineConfigCommand,
    import: async () => (await import('./commands/import.ts')).defineImport,
  },
  'Operate a router that runs:': {
    status: async () => (await import('./commands/status.ts')).defineStatus,
    ls: async () => (await import('./commands/ls.ts')).defineLs,
    top: async () => (await import('./commands/top.ts')).defineTop,
    tail: async () => (await import('./commands/tail.ts')).defineTail,
    kick: async () => (await import('./commands/kick.ts')).defineKick,
    drain: async () => (await import('./commands/kick.ts')).defineDrain,
    reload: async () => (await import('./commands/reload.ts')).defineReload,
    log: async () => (await import('./commands/log.ts')).defineLog,
    store: async () => (await import('./commands/store.ts')).defineStore,
    health: async () => (await import('./commands/health.ts')).defineHealth,
    doctor: async () => (await import('./commands/doctor.ts')).defineDoctor,
  },
  'Users and secrets:': {
    user: async () => (await import('./commands/user.ts')).defineUser,
    token: async () => (await import('./commands/token.ts')).defineToken,
    salt: async () => (await import('./commands/salt.ts')).defineSalt,
    keys: async () => (await import('./commands/keys.ts')).defineKeys,
  },
  'Use any WAMP router:': {
    call: async () => (await import('./commands/call.ts')).defineCall,
    publish: async () => (await import('./commands/publish.ts')).definePublish,
    subscribe: async () => (await import('./commands/subscribe.ts')).defineSubscribe,
    register: async () => (await import('./commands/register.ts')).defineRegister,
    context: async () => (await import('./commands/context.ts')).defineContext,
  },
  'Contracts, tests and measurements:': {
    contract: async () => (await import('./commands/contract.ts')).defineContract,
    msg: async () => (await import('./commands/msg.ts')).defineMsg,
    conformance: async () => (await import('./commands/conformance.ts')).defineConformance,
    bench: async () => (await import('./commands/bench.ts')).defineBench,
  },
  'This command:': {
    completion: async () => (await import('./commands/completion.ts')).defineCompletion,
    version: async () => (await import('./commands/version.ts')).defineVersion,
  },
}
