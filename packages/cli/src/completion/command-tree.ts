// The tree of the program as completion needs it: for each command its subcommands, its options, and what may stand for a value.

import type { Argument, Command, Option } from 'commander'

/** What may stand in a place: one of some words, a file, the name of a context, or anything. */
export type Completed = readonly string[] | 'file' | 'context' | 'any'

export interface CompletedOption {
  readonly long: string
  readonly short: string | undefined
  readonly about: string
  /** Undefined for an option without a value. */
  readonly value: Completed | undefined
}

export interface CompletedCommand {
  /** The words from the name of the program on: `trunkline context add`. */
  readonly path: string
  readonly about: string
  readonly commands: readonly CompletedCommand[]
  readonly options: readonly CompletedOption[]
  /** What its arguments are; each is completed alike. */
  readonly argument: Completed
}

/** The tree below a command. */
export function commandTree(command: Command, above = ''): CompletedCommand {
  const path = above === '' ? command.name() : `${above} ${command.name()}`
  const help = command.createHelp()
  const commands = help.visibleCommands(command).filter((each) => each.name() !== 'help')
  return {
    path,
    about: command.description(),
    commands: commands.map((each) => commandTree(each, path)),
    options: help.visibleOptions(command).flatMap((option) => optionOf(option)),
    argument: argumentOf(command.registeredArguments),
  }
}

/** All commands of a tree, each before those below it. */
export function allCommands(tree: CompletedCommand): CompletedCommand[] {
  return [tree, ...tree.commands.flatMap(allCommands)]
}

function optionOf(option: Option): CompletedOption[] {
  const { long, short, description: about, argChoices, flags, required, optional } = option
  if (long === undefined || long === null) return []
  const value = required || optional ? (argChoices ?? valueOf(/[<[]([^>\]]+)/.exec(flags)?.[1] ?? '', long)) : undefined
  return [{ long, short, about, value }]
}

function valueOf(name: string, long: string): Completed {
  if (long === '--context') return 'context'
  return name === 'file' ? 'file' : 'any'
}

function argumentOf([first]: readonly Argument[]): Completed {
  if (first === undefined) return []
  if (first.argChoices !== undefined) return first.argChoices
  if (first.name() === 'context') return 'context'
  return ['file', 'files', 'module', 'config'].includes(first.name()) ? 'file' : 'any'
}
