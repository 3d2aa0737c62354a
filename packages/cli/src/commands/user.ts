// `trunkline user`: the users in a users' file. Passwords come from stdin or are asked for; the file holds keys derived from them.

import { readFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { Option } from 'commander'
import { didYouMean } from '../nearest.ts'
import { readFault } from '../read-fault.ts'
import { replaceFile } from '../replace-file.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'
import type { Derivation } from '../users/password-keys.ts'
import { craEntry, scramEntry } from '../users/password-keys.ts'
import type { UserLine } from '../users/user-lines.ts'
import { UserLines } from '../users/user-lines.ts'
import type { UsersPlace, UsersPlaceOptions } from '../users/users-place.ts'
import { usersPlace } from '../users/users-place.ts'
import { orStopped } from '../waiting.ts'
import { addDerivationOptions, checkDerivation } from './salt.ts'
import { newTicket } from './token.ts'

const HELP = `
The file is the usersFile of a realm of the configuration (--config, --realm), or that of --file. It is replaced as a whole and
keeps its mode; a new one can be read only by you. A running router reads it at \`trunkline reload\`, and by itself with
\`trunkline start --watch\`.

The password is the first line of stdin; at a terminal the command asks for it twice, and shows it never.

Examples:
  trunkline user add alice --role customer
  trunkline user add old-client --role customer --method wampcra < password.txt
  trunkline user add backend --role backend --method ticket       prints a new ticket, once
  trunkline user add sensor-1 --role device --public-key 545efb0a2192db8d43f118e9bf9aee081466e1ef36c708b96ee6f62dddad9122
  trunkline user passwd alice
  trunkline user rm alice
  trunkline user ls --json`

const METHODS = ['scram', 'wampcra', 'ticket'] as const
type Method = (typeof METHODS)[number]

interface PlaceOptions extends UsersPlaceOptions {
  readonly json?: true
}

interface KeyOptions extends PlaceOptions, Derivation {
  readonly method?: Method
}

interface AddOptions extends KeyOptions {
  readonly role: string
  readonly publicKey?: string
}

/** Adds the command to the program. */
export function defineUser(program: Command, terminal: Terminal): void {
  const user = program.command('user').description("Add, change, remove and list the users in a users' file.").addHelpText('after', HELP)
  const adding = user
    .command('add')
    .description('Add a user.')
    .argument('<authid>', 'the name of the user')
    .requiredOption('--role <role>', 'the role of the user')
    .option('--public-key <hex>', 'let the user log in by cryptosign with this key (trunkline keys new)')
  withKeys(withPlace(adding)).action((authid: string, options: AddOptions) => add(authid, options, terminal))
  const changing = user.command('passwd').description('Change the password, or the ticket, of a user.').argument('<authid>', 'the user')
  withKeys(withPlace(changing)).action((authid: string, options: KeyOptions) => passwd(authid, options, terminal))
  withPlace(user.command('rm').description('Remove a user.').argument('<authid>', 'the user')).action(
    (authid: string, options: PlaceOptions) => remove(authid, options, terminal),
  )
  withPlace(user.command('ls').description('List the users, without anything secret.')).action((options: PlaceOptions) =>
    list(options, terminal),
  )
}

function withPlace(command: Command): Command {
  return command
    .addOption(new Option('--file <file>', "the users' file").conflicts(['config', 'realm']))
    .option('--config <file>', 'the configuration that names the file (default: trunkline.yaml … in this folder)')
    .option('--realm <name>', "the realm, if several have a users' file")
    .option('--json', 'print JSON')
}

function withKeys(command: Command): Command {
  const method = new Option('--method <method>', 'the login method (default: scram, for passwd those that the user has)').choices(METHODS)
  return addDerivationOptions(command.addOption(method))
}

async function add(authid: string, options: AddOptions, terminal: Terminal): Promise<void> {
  const { role, publicKey, method = publicKey === undefined ? 'scram' : undefined } = options
  checkDerivation({ ...options, method })
  if (authid === '') throw new UsageError('expected a name for the user')
  if (publicKey !== undefined && !/^[\da-f]{64}$/i.test(publicKey)) throw new UsageError('--public-key expects 64 hexadecimal digits')
  const place = await usersPlace(options)
  checkNames(authid, role, place)
  const made = method === undefined ? { entries: {} } : await entriesFor([method], () => options, terminal)
  const cryptosign = publicKey === undefined ? {} : { cryptosign: { publicKeys: [publicKey.toLowerCase()] } }
  const user = { authid, role, ...made.entries, ...cryptosign }
  await replaceFile(place.file, (text) => new UserLines(text, place.file).with(user), { mode: 0o600 })
  report(`added ${authid} to ${place.file}`, { authid, file: place.file, ticket: made.ticket }, options, terminal)
}

function checkNames(authid: string, role: string, { realm }: UsersPlace): void {
  if (realm === undefined) return
  if (!realm.roles.includes(role)) throw new UsageError(`realm ${realm.name} has no role '${role}'${didYouMean(role, realm.roles)}`)
  if (realm.users.includes(authid)) throw new UsageError(`the configuration itself has a user '${authid}' of realm ${realm.name}`)
}

async function passwd(authid: string, options: KeyOptions, terminal: Terminal): Promise<void> {
  const { file } = await usersPlace(options)
  const known = usersOf(file).user(authid)
  const methods = options.method === undefined ? METHODS.filter((method) => Object.hasOwn(known, method)) : [options.method]
  if (methods.length === 0) throw new UsageError(`'${authid}' has neither a password nor a ticket; --method gives one`)
  for (const method of methods) checkDerivation({ ...options, method })
  if (methods.length > 1 && options.iterations !== undefined) throw new UsageError('--iterations needs --method: each has its own')
  const { entries, ticket } = await entriesFor(methods, (method) => derivationAs(known, method, options), terminal)
  await replaceFile(
    file,
    (text) => {
      const lines = new UserLines(text, file)
      return lines.withChanged({ ...lines.user(authid), ...entries })
    },
    { mode: 0o600 },
  )
  report(`changed ${methods.join(' and ')} of ${authid} in ${file}`, { authid, file, ticket }, options, terminal)
}

/** How the next keys of a user are derived: as those that he has, unless the options say otherwise. */
function derivationAs(known: UserLine, method: Method, options: KeyOptions): Derivation {
  const { kdf, dialect, iterations, memory } = Object(known[method]) as Derivation
  const isOtherKdf = options.kdf !== undefined && options.kdf !== kdf
  const present = isOtherKdf ? { dialect } : { kdf, dialect, iterations, memory }
  return { ...present, ...options }
}

interface Made {
  readonly entries: Readonly<Record<string, unknown>>
  /** A new ticket, which is shown once. */
  readonly ticket?: string
}

async function entriesFor(methods: readonly Method[], derivation: (method: Method) => Derivation, terminal: Terminal): Promise<Made> {
  const isAsked = methods.some((method) => method !== 'ticket')
  const password = isAsked ? await newPassword(terminal) : ''
  const entries: Record<string, unknown> = {}
  const made = methods.includes('ticket') ? newTicket() : undefined
  for (const method of methods) {
    if (method === 'scram') entries['scram'] = await scramEntry(password, derivation(method))
    else if (method === 'wampcra') entries['wampcra'] = craEntry(password, derivation(method))
    else entries['ticket'] = { sha256: made?.sha256 }
  }
  return made === undefined ? { entries } : { entries, ticket: made.ticket }
}

async function newPassword(terminal: Terminal): Promise<string> {
  const password = await orStopped(terminal.readSecret('New password: '), terminal.stop)
  if (password === '') throw new UsageError('expected a password on stdin')
  if (terminal.asks && (await orStopped(terminal.readSecret('Again: '), terminal.stop)) !== password) {
    throw new UsageError('the two passwords differ; nothing has changed')
  }
  return password
}

async function remove(authid: string, options: PlaceOptions, terminal: Terminal): Promise<void> {
  const { file } = await usersPlace(options)
  await replaceFile(file, (text) => new UserLines(text, file).without(authid), { mode: 0o600 })
  report(`removed ${authid} from ${file}`, { authid, file }, options, terminal)
}

async function list(options: PlaceOptions, terminal: Terminal): Promise<void> {
  const { file } = await usersPlace(options)
  const rows = usersOf(file).users.map(({ authid, role, realm, ...logins }) => ({
    authid,
    role: String(role ?? '-'),
    ...(typeof realm === 'string' ? { realm } : {}),
    logins: LOGINS.filter((method) => Object.hasOwn(logins, method)),
  }))
  if (options.json === true) for (const row of rows) terminal.print(`${JSON.stringify(row)}\n`)
  else {
    terminal.print(
      textTable(rows, [
        { title: 'AUTHID', of: ({ authid }) => authid },
        { title: 'ROLE', of: ({ role }) => role },
        { title: 'LOGINS', of: ({ logins }) => logins.join(', ') },
      ]),
    )
  }
}

/** @throws {UsageError} when the file cannot be read */
function usersOf(file: string): UserLines {
  try {
    return new UserLines(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`cannot read ${file}: ${readFault(error)}`, 'TL_USAGE', { cause: error })
  }
}

const LOGINS = [...METHODS, 'cryptosign', 'tls'] as const

function report(text: string, document: Readonly<Record<string, unknown>>, { json }: PlaceOptions, terminal: Terminal): void {
  if (json === true) return terminal.print(`${JSON.stringify(document)}\n`)
  const { ticket } = document
  terminal.print(`${text}; a running router reads it at \`trunkline reload\`\n${ticket === undefined ? '' : `ticket  ${String(ticket)}\n`}`)
}
