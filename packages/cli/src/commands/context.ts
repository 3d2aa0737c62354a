// `trunkline context`: names for routers and logins, so that commands need not repeat them.

import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { ClientOptions } from '../client-session.ts'
import { addClientOptions, ADMIN_REALM, LOGIN_METHODS, SERIALIZERS } from '../client-session.ts'
import type { Context, Contexts } from '../contexts/context-file.ts'
import { changeContexts, CONTEXT_KEYS, CONTEXT_NAME, contextFile, contextNamed, readContexts } from '../contexts/context-file.ts'
import { contextOf } from '../contexts/context-options.ts'
import { isReference } from '../contexts/secret.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

const HELP = `
A command takes each value from its options, else from the environment (TRUNKLINE_URL, TRUNKLINE_REALM), else from the context,
else its default. The context is that of --context, else of TRUNKLINE_CONTEXT, else the one in use. The last two are left aside
when --url or TRUNKLINE_URL names a router: their login is not meant for others.

The file of contexts, which only you can read, holds no secrets, but where they are: --secret env:NAME or file:PATH. Without
that the command takes TRUNKLINE_SECRET, or asks.

Examples:
  trunkline context add prod --url wss://router.example.com/ws --authid alice --login ticket --secret file:~/.prod-ticket --use
  trunkline context add test --url ws://127.0.0.1:8080/ws --realm com.example.test
  trunkline call com.example.add 2 3 --context test
  trunkline context show                  prints what commands use, and where each value is from
  trunkline context use test`

interface AddOptions extends Context {
  readonly use?: true
  readonly replace?: true
}

/** Adds the command to the program. */
export function defineContext(program: Command, terminal: Terminal): void {
  const context = program.command('context').description('Name routers and logins, and choose between them.').addHelpText('after', HELP)
  defineAdd(context)
  context
    .command('ls')
    .description('List the contexts.')
    .option('--json', 'print each context as one line of JSON')
    .action(({ json }: { readonly json?: true }) => list(json === true, terminal))
  addClientOptions(context.command('show'))
    .description('Print what commands use, and where each value is from.')
    .argument('[context]', 'a context (default: the one that commands use)')
    .action((name: string | undefined, options: ClientOptions, command: Command) => {
      if (name === undefined) show(options, command, terminal)
      else terminal.print(one(name, options.json === true))
    })
  context
    .command('use')
    .description('Choose the context that commands use, or none.')
    .argument('[context]', 'the context; without it, commands use none')
    .action((name: string | undefined) => use(name))
  context
    .command('rm')
    .description('Remove a context.')
    .argument('<context>', 'the context')
    .action((name: string) => remove(name))
}

function defineAdd(context: Command): void {
  context
    .command('add')
    .description('Add a context.')
    .argument('<name>', 'its name: letters, digits, ., _ and -')
    .requiredOption('--url <url>', 'the router: ws://, wss://, rs://, rss:// or rs+unix://')
    .option('--realm <name>', 'the realm to join')
    .option('--admin-realm <name>', `the realm of the admin API (default: ${ADMIN_REALM})`)
    .option('--authid <name>', 'log in as this user')
    .addOption(new Option('--login <method>', 'the login method').choices(LOGIN_METHODS))
    .option('--secret <reference>', 'where the secret is: env:NAME or file:PATH (default: TRUNKLINE_SECRET, or ask)')
    .addOption(new Option('--serializer <name>', 'the serializer').choices(SERIALIZERS))
    .option('--ca <file>', 'trust the certificates (PEM) in this file in place of those of Node')
    .option('--use', 'use it from now on')
    .option('--replace', 'replace a context of this name')
    .action((name: string, options: AddOptions) => add(name, options))
}

async function add(name: string, { use: isUsed, replace, ...given }: AddOptions): Promise<void> {
  if (!CONTEXT_NAME.test(name)) throw new UsageError(`'${name}' is no name for a context: expected letters, digits, ., _ and -`)
  checkUrl(given.url ?? '')
  const { ca, secret } = given
  if (secret !== undefined && !isReference(secret)) {
    throw new UsageError('--secret expects env:NAME or file:PATH; the secret itself would stand in the history of the shell')
  }
  const context = {
    ...given,
    ...(ca === undefined ? {} : { ca: absolute(ca) }),
    ...(secret?.startsWith('file:') === true ? { secret: `file:${absolute(secret.slice('file:'.length))}` } : {}),
  }
  await changeContexts(({ current, byName }) => {
    if (byName.has(name) && replace !== true) throw new UsageError(`there is a context '${name}'; --replace replaces it`)
    return { current: isUsed === true ? name : current, byName: new Map([...byName, [name, context]]) }
  })
}

/** A path that means the same from every folder. A shell leaves the `~` of `file:~/x` to us. */
function absolute(path: string): string {
  return resolve(path.replace(/^~(?=\/)/, homedir()))
}

function checkUrl(url: string): void {
  if (!URL.canParse(url) || !/^(?:wss?|rss?|rs\+unix):$/.test(new URL(url).protocol)) {
    throw new UsageError(`--url ${url}: expected a URL with ws://, wss://, rs://, rss:// or rs+unix://`)
  }
  if (new URL(url).password !== '') throw new UsageError('--url holds a password; a context only says where the secret is (--secret)')
}

function list(isForPrograms: boolean, terminal: Terminal): void {
  const { current, byName } = readContexts()
  const rows = [...byName].map(([name, context]) => ({ name, current: name === current, ...context }))
  if (isForPrograms) for (const row of rows) terminal.print(`${JSON.stringify(row)}\n`)
  else if (rows.length === 0) terminal.complain('there are no contexts (trunkline context add --help)\n')
  else {
    terminal.print(
      textTable(rows, [
        { title: '', of: (row) => (row.current ? '*' : '') },
        { title: 'NAME', of: (row) => row.name },
        { title: 'URL', of: (row) => row.url ?? null },
        { title: 'REALM', of: (row) => row.realm ?? null },
        { title: 'AUTHID', of: (row) => row.authid ?? null },
        { title: 'LOGIN', of: (row) => row.login ?? null },
      ]),
    )
  }
}

function one(name: string, isForPrograms: boolean): string {
  const context = contextNamed(name, readContexts())
  if (isForPrograms) return `${JSON.stringify({ name, ...context })}\n`
  return CONTEXT_KEYS.flatMap((key) => (context[key] === undefined ? [] : [`${key.padEnd(11)} ${context[key]}\n`])).join('')
}

/** The values that a command with the same options would use. */
function show(options: ClientOptions, command: Command, terminal: Terminal): void {
  const contexts = readContexts()
  const name = contextOf(command, contexts)
  const context = name === undefined ? {} : contextNamed(name, contexts)
  const sources: Readonly<Record<string, string>> = { cli: 'option', env: 'environment', config: 'context', default: 'default' }
  const values: Context = { ...options, adminRealm: context.adminRealm ?? ADMIN_REALM }
  const rows = CONTEXT_KEYS.flatMap((key) => {
    const value = values[key]
    if (value === undefined) return []
    const source = key === 'adminRealm' ? (context.adminRealm === undefined ? 'default' : 'config') : command.getOptionValueSource(key)
    return [{ key, value, from: sources[source ?? ''] ?? 'default' }]
  })
  if (options.json === true) return terminal.print(`${JSON.stringify({ context: name ?? null, values: rows })}\n`)
  terminal.print(`${name === undefined ? 'no context is used' : `context ${name}`} (${contextFile()})\n\n`)
  terminal.print(
    textTable(rows, [
      { title: 'KEY', of: ({ key }) => key },
      { title: 'VALUE', of: ({ value }) => value },
      { title: 'FROM', of: ({ from }) => from },
    ]),
  )
}

async function use(name: string | undefined): Promise<void> {
  await changeContexts((contexts: Contexts) => {
    if (name !== undefined) contextNamed(name, contexts)
    return { ...contexts, current: name }
  })
}

async function remove(name: string): Promise<void> {
  await changeContexts((contexts) => {
    contextNamed(name, contexts)
    const byName = new Map(contexts.byName)
    byName.delete(name)
    return { current: contexts.current === name ? undefined : contexts.current, byName }
  })
}
