// `trunkline salt`: from a password to the salted form that the configuration holds. It reads the password from stdin, not from
// the command line, where other users of the machine could see it.

import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { positiveInteger } from '../client-session.ts'
import type { Terminal } from '../terminal.ts'
import type { Derivation } from '../users/password-keys.ts'
import { craEntry, DEFAULT_MEMORY_KIB, DEFAULT_PASSES, DEFAULT_ROUNDS, scramEntry } from '../users/password-keys.ts'

const HELP = `
Prints the entry of the user for the configuration. Keep a WAMP-CRA entry as secret as the password: its key is enough to log in
to this router. The keys of a SCRAM entry are not.

Examples:
  trunkline salt                                asks for the password; WAMP-SCRAM with Argon2id
  trunkline salt --method scram --kdf pbkdf2 < password.txt
  trunkline salt --method wampcra --iterations 200000`

interface SaltOptions extends Derivation {
  readonly method: 'scram' | 'wampcra'
  readonly json?: true
}

/** Adds the command to the program. */
export function defineSalt(program: Command, terminal: Terminal): void {
  const salting = program
    .command('salt')
    .description('Make the entry of a user for WAMP-SCRAM or WAMP-CRA from a password on stdin.')
    .summary('Make the entry of a user from a password.')
    .addOption(new Option('--method <method>', 'the login method of the user').choices(['scram', 'wampcra']).default('scram'))
  addDerivationOptions(salting)
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action((options: SaltOptions) => salt(options, terminal))
}

/** Adds the options of {@link Derivation} to a command. */
export function addDerivationOptions(command: Command): Command {
  return command
    .addOption(new Option('--kdf <name>', 'the key derivation, for scram (default: argon2id13)').choices(['argon2id13', 'pbkdf2']))
    .addOption(
      new Option(
        '--dialect <name>',
        'the dialect of the client, for scram; autobahn for Autobahn and Crossbar.io (default: specified)',
      ).choices(['specified', 'autobahn']),
    )
    .option(
      '--iterations <n>',
      `the cost of deriving a key (default: ${DEFAULT_PASSES} for argon2id13, ${DEFAULT_ROUNDS} for PBKDF2)`,
      positiveInteger,
    )
    .option('--memory <KiB>', `the memory of one derivation, for argon2id13 (default: ${DEFAULT_MEMORY_KIB})`, memory)
}

async function salt(options: SaltOptions, terminal: Terminal): Promise<void> {
  checkDerivation(options)
  const password = await terminal.readSecret('Password: ')
  if (password === '') throw new UsageError('expected a password on stdin')
  const entry = options.method === 'scram' ? await scramEntry(password, options) : craEntry(password, options)
  const { stringify } = await import('yaml')
  const made = { [options.method]: entry }
  terminal.print(options.json === true ? `${JSON.stringify(made)}\n` : stringify(made, { lineWidth: 0 }))
}

/** Refuses options of another method than that of the keys. */
export function checkDerivation({ method, kdf, dialect, memory: kibibytes }: Derivation & { readonly method: string | undefined }): void {
  if (method === 'wampcra' && (kdf ?? dialect ?? kibibytes) !== undefined) {
    throw new UsageError('--kdf, --dialect and --memory are for --method scram')
  }
  if (kdf === 'pbkdf2' && kibibytes !== undefined) throw new UsageError('--memory is for --kdf argon2id13')
}

function memory(value: string): number {
  const kibibytes = positiveInteger(value)
  if (kibibytes < 8 || kibibytes > 4_194_304) throw new InvalidArgumentError('Expected 8 to 4194304 KiB.')
  return kibibytes
}
