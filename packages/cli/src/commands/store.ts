// `trunkline store`: looks into the store of durable topics, checks it, copies it, and writes it as lines of JSON and back.

import { createReadStream, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { UsageError } from '@trunkline/client'
import { isUri, uriPattern } from '@trunkline/protocol'
import type { LmdbStoreReader } from '@trunkline/router/store-lmdb'
import type { Command } from 'commander'
import { FaultFound } from '../fault-found.ts'
import { didYouMean } from '../nearest.ts'
import { checkStopped, outputOf } from '../stored/output.ts'
import { documentOf, tablesOf } from '../stored/overview.ts'
import type { StorePlaceOptions } from '../stored/place.ts'
import { storeFolder } from '../stored/place.ts'
import { Progress } from '../stored/progress.ts'
import { lmdbPackage } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { counted } from './check.ts'

const HELP = `
The store is a folder, or that of the configuration (--config, or trunkline.yaml … in this folder). All commands but import may be used while a
router uses the store, and change nothing.

Examples:
  trunkline store ls /var/lib/trunkline
  trunkline store verify
  trunkline store backup /backup/trunkline-monday
  trunkline store export --realm com.example.shop --topic com.example.orders.** | jq .args
  trunkline store export old-store --output events.ndjson && trunkline store import events.ndjson new-store`

interface JsonOption extends StorePlaceOptions {
  readonly json?: true
}

interface ExportOptions extends StorePlaceOptions {
  readonly realm?: string
  readonly topic?: string
  readonly after?: string
  readonly output?: string
}

interface ImportOptions extends StorePlaceOptions {
  readonly add?: true
  readonly json?: true
}

/** Adds the commands to the program. */
export function defineStore(program: Command, terminal: Terminal): void {
  const store = program
    .command('store')
    .description('Look into, check, copy and move the store of durable topics.')
    .addHelpText('after', HELP)
  withPlace(store.command('ls').description('List the realms, their durable topics and durable subscriptions.'))
    .option('--json', 'print JSON')
    .action((folder: string | undefined, options: JsonOption) => list(folder, options, terminal))
  withPlace(store.command('verify').description('Read everything, and tell what is damaged. Ends with exit code 1 if something is.'))
    .option('--json', 'print JSON')
    .action((folder: string | undefined, options: JsonOption) => verify(folder, options, terminal))
  withPlace(store.command('backup').description('Copy the store as it is into a new folder.').argument('<target>', 'the new folder'))
    .option('--json', 'print JSON')
    .action((target: string, folder: string | undefined, options: JsonOption) => backup(target, folder, options, terminal))
  withPlace(store.command('export').description('Write the events, rules and durable subscriptions as lines of JSON.'))
    .option('--realm <name>', 'only of this realm')
    .option('--topic <pattern>', 'only events of these topics: a URI, com..status, com.example.**; no durable subscriptions')
    .option('--after <position>', 'only events behind this position; no durable subscriptions')
    .option('-o, --output <file>', 'the file to write (default: stdout)')
    .action((folder: string | undefined, options: ExportOptions) => exportLines(folder, options, terminal))
  withPlace(
    store
      .command('import')
      .description('Put the lines of an export into a store that no router has open.')
      .argument('<file>', 'the lines, or - for stdin'),
  )
    .option('--add', 'put them behind the events that a realm has already')
    .option('--json', 'print JSON')
    .action((file: string, folder: string | undefined, options: ImportOptions) => importLines(file, folder, options, terminal))
}

function withPlace(command: Command): Command {
  return command
    .argument('[folder]', 'the folder of the store (default: that of the configuration)')
    .option('--config <file>', 'the configuration that names the folder (default: trunkline.yaml … in this folder)')
}

async function list(given: string | undefined, options: JsonOption, terminal: Terminal): Promise<void> {
  await reading(given, options, (reader) => {
    const realms = reader.realms()
    terminal.print(options.json === true ? realms.map((realm) => `${JSON.stringify(documentOf(realm))}\n`).join('') : tablesOf(realms))
    return Promise.resolve()
  })
}

async function verify(given: string | undefined, options: JsonOption, terminal: Terminal): Promise<void> {
  await reading(given, options, async (reader) => {
    const progress = new Progress(terminal, 'events read')
    const { damages, events } = await reader.verify((count) => progress.note(count))
    if (options.json === true) terminal.print(`${JSON.stringify({ events, damages })}\n`)
    else {
      for (const { what, realm, log, position } of damages.slice(0, MOST_SHOWN))
        terminal.print(
          `${[realm, log, position === undefined ? undefined : `from position ${position}`, what].filter(Boolean).join(': ')}\n`,
        )
      if (damages.length > MOST_SHOWN) terminal.print(`… and ${damages.length - MOST_SHOWN} more\n`)
    }
    if (damages.length > 0) throw new FaultFound('TL_STORE_FAULT', `${reader.path} is damaged in ${counted(damages.length, 'place')}`)
    if (options.json !== true) terminal.print(`${reader.path} is fine: ${counted(events, 'event')}\n`)
  })
}

async function backup(target: string, given: string | undefined, options: JsonOption, terminal: Terminal): Promise<void> {
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new UsageError(`${target} is not empty; a backup needs a folder of its own`)
  await reading(given, options, async (reader) => {
    mkdirSync(target, { recursive: true, mode: 0o700 })
    const { STORE_FILE } = await lmdbPackage()
    const file = join(target, STORE_FILE)
    await reader.backup(file)
    terminal.print(options.json === true ? `${JSON.stringify({ file })}\n` : `wrote ${file}; the folder ${target} is a store\n`)
  })
}

async function exportLines(given: string | undefined, options: ExportOptions, terminal: Terminal): Promise<void> {
  const { EventLines } = await import('../stored/event-lines.ts')
  const query = { filter: filterOf(options.topic), after: positionOf(options.after) }
  const isWhole = query.filter === undefined && query.after === undefined
  const lines = new EventLines()
  await reading(given, options, async (reader) => {
    const realms = reader.realms().filter(({ name }) => options.realm === undefined || name === options.realm)
    if (realms.length === 0 && options.realm !== undefined) throw noRealm(options.realm, reader)
    const [out, progress] = [await outputOf(options.output, terminal), new Progress(terminal, 'events written')]
    let events = 0
    for (const { name, logs, subscriptions } of realms) {
      for (const log of logs) await out.write(lines.log(name, log.name, log.keep))
      if (isWhole) for (const each of subscriptions) await out.write(lines.subscription(name, each))
      for (const event of reader.events(name, query)) {
        if (terminal.unread.aborted) return
        await out.write(lines.event(name, event))
        progress.note(++events)
      }
    }
    await out.end()
    if (options.output !== undefined) terminal.print(`wrote ${options.output}: ${counted(events, 'event')}\n`)
  })
}

async function importLines(file: string, given: string | undefined, options: ImportOptions, terminal: Terminal): Promise<void> {
  const folder = await storeFolder(given, options)
  const [{ LmdbEventStore, STORE_FILE }, { LineReader }, { Importing }] = await Promise.all([
    lmdbPackage(),
    import('../stored/line-reader.ts'),
    import('../stored/importing.ts'),
  ])
  if (file !== '-' && !existsSync(file)) throw new UsageError(`cannot read ${file}: there is no such file`)
  const log = { debug() {}, info() {}, warn: told(terminal), error: told(terminal) }
  const octetsOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0)
  const maxBytes = Math.max(LEAST_BYTES, 4 * octetsOf(file) + octetsOf(join(folder, STORE_FILE)))
  const store = await LmdbEventStore.open({ folder, log, maxBytes })
  const [lines, importing, progress] = [new LineReader(), new Importing(store, options.add === true), new Progress(terminal, 'events kept')]
  try {
    const input = file === '-' ? Readable.from([await terminal.readInput()]) : createReadStream(file)
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      checkStopped(terminal)
      if (line !== '') await importing.take(lines.read(line))
      progress.note(importing.events)
    }
    await importing.finish()
  } finally {
    await store.close()
  }
  const { events } = importing
  terminal.print(options.json === true ? `${JSON.stringify({ folder, events })}\n` : `${folder} has ${counted(events, 'more event')}\n`)
}

async function reading(
  given: string | undefined,
  options: StorePlaceOptions,
  read: (reader: LmdbStoreReader) => Promise<void>,
): Promise<void> {
  const folder = await storeFolder(given, options)
  const { LmdbStoreReader: Reader, StoreDamage } = await lmdbPackage()
  let reader: LmdbStoreReader | undefined
  try {
    reader = await Reader.open(folder)
    await read(reader)
  } catch (error) {
    if (error instanceof StoreDamage) throw new FaultFound('TL_STORE_FAULT', error.message, { cause: error })
    throw error
  } finally {
    await reader?.close()
  }
}

function told(terminal: Terminal): (event: string) => void {
  return (event) => terminal.complain(`${event}\n`)
}

function filterOf(topic: string | undefined): ReturnType<typeof uriPattern> | undefined {
  if (topic === undefined) return undefined
  const pattern = uriPattern(topic)
  if (!isUri(pattern.uri, pattern.match)) throw new UsageError(`--topic '${topic}' is not a URI or pattern, such as com.example.**`)
  return pattern
}

function positionOf(after: string | undefined): number | undefined {
  if (after === undefined) return undefined
  if (!/^\d{1,15}$/.test(after)) throw new UsageError(`--after '${after}': expected a position, a whole number`)
  return Number(after)
}

function noRealm(name: string, reader: LmdbStoreReader): UsageError {
  const names = reader.realms().map((realm) => realm.name)
  return new UsageError(`the store has no realm '${name}'${didYouMean(name, names)}`)
}

/** What a store may take that is filled: as much as one of a router by default, or room for all lines. */
const LEAST_BYTES = 8 * 1024 ** 3
const MOST_SHOWN = 20
