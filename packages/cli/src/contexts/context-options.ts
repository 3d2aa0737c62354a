// What a context gives to a command that connects: the options that neither the command line nor the environment gives.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { Contexts } from './context-file.ts'
import { CONTEXT_KEYS, contextNamed, readContexts } from './context-file.ts'

/** Which realm of a context a command joins. */
export type RealmKey = 'realm' | 'adminRealm'

/** Makes a command take its options from a context too. */
export function takeContexts(command: Command, realmKey: RealmKey): Command {
  return command
    .addOption(new Option('--context <name>', 'the router and the login to use (trunkline context --help)').env('TRUNKLINE_CONTEXT'))
    .hook('preAction', (_, acting) => takeContext(acting, realmKey))
}

/** The name of the context that a command uses; undefined when it uses none. */
export function contextOf(command: Command, { current }: Contexts): string | undefined {
  if (leavesContextAside(command)) return undefined
  return command.opts<{ readonly context?: string }>().context ?? current
}

function takeContext(command: Command, realmKey: RealmKey): void {
  // A file of another user may be unreadable; who names a router does not need it.
  if (leavesContextAside(command)) return
  const contexts = readContexts()
  const name = contextOf(command, contexts)
  if (name === undefined) return
  const context = contextNamed(name, contexts)
  for (const key of CONTEXT_KEYS) {
    const value = context[key]
    const option = key === realmKey ? 'realm' : key
    const isOfOtherRealm = realmKey === 'adminRealm' && key === 'realm'
    if (value !== undefined && !isOfOtherRealm && !isGiven(command, option)) command.setOptionValueWithSource(option, value, 'config')
  }
}

/**
 * A router that was named otherwise must not get the login that is meant for that of a context, unless the command line names both:
 * `TRUNKLINE_CONTEXT` may have been set long ago.
 */
function leavesContextAside(command: Command): boolean {
  return isGiven(command, 'url') && command.getOptionValueSource('context') !== 'cli'
}

/** Whether the command line or the environment gives an option. */
function isGiven(command: Command, option: string): boolean {
  const source = command.getOptionValueSource(option)
  return source === 'cli' || source === 'env'
}
