// Converts a node configuration of Crossbar.io (version 2) to a Trunkline configuration. The caller reads and writes the files.

import { UsageError } from '@trunkline/client'
import type { Place } from '../notes.ts'
import { Notes } from '../notes.ts'
import type { ListenerImport } from './listeners.ts'
import { importTransport } from './listeners.ts'
import { Logins } from './logins.ts'
import { Part } from './part.ts'
import type { WrittenRealms } from './realms.ts'
import { importRealm } from './realms.ts'
import { Folders } from './references.ts'

/** The result of an import. */
export interface Imported {
  /** The text of the new file. */
  readonly text: string
  /** The settings that it could not carry over; each is also a comment in the new file. */
  readonly notes: readonly string[]
  readonly listeners: number
  readonly realms: number
}

/** The places of the files. */
export interface ImportPlaces {
  /** The name of the old file, for the first line of the new one. */
  readonly name: string
  /** The folder of the old file, to which the paths in it are relative. */
  readonly from: string
  /** The folder of the new file. */
  readonly to: string
}

const ROUTERS = ['router', 'proxy']

/**
 * Reads a configuration.
 * @throws {UsageError} when it is not a configuration of version 2
 */
export function importCrossbar(value: unknown, { name, from, to }: ImportPlaces): Imported {
  const notes = new Notes()
  const node = new Part(value, 'node', notes)
  if (node.number('version') !== 2) {
    throw new UsageError(`${name} is no configuration of Crossbar.io of version 2; \`crossbar upgrade\` converts an older one`, 'TL_CONFIG')
  }
  // Inherits nothing: realms may have any name.
  const realms = Object.create(null) as WrittenRealms
  const into: ListenerImport = { listeners: [], realms, logins: new Logins(realms, notes), folders: new Folders(from, to), notes }
  node.skip('$schema')
  const root: Place = ['listeners']
  node.noteIf(root, 'controller', 'not carried over; there is one process, started by trunkline start')
  const workers = node.parts('workers')
  for (const worker of workers) for (const realm of worker.parts('realms')) importRealm(realm, realms)
  for (const worker of workers) importWorker(worker, into)
  node.finish(root)
  into.logins.settle()
  if (into.listeners.length === 0) {
    into.listeners.push({ websocket: { host: '127.0.0.1', port: 8080, logins: { methods: ['anonymous'] } } })
    notes.add(['listeners', 0], 'no transport could be carried over; this listener replaces them')
  }
  const text = notes.write({ listeners: into.listeners, realms: inOrder(realms) }, headOf(name, notes.texts.length))
  return { text, notes: notes.texts, listeners: into.listeners.length, realms: Object.keys(realms).length }
}

function importWorker(worker: Part, into: ListenerImport): void {
  const place: Place = ['listeners']
  const type = worker.text('type') ?? ''
  worker.skip('id')
  for (const component of worker.parts('components')) {
    component.note(place, '', 'not carried over; the router runs no components: start it as a client, with a user of its own')
  }
  if (!ROUTERS.includes(type))
    return worker.note(place, '', `not carried over; there are no workers of type ${type}: start its program separately`)
  worker.noteIf(place, 'options', 'not carried over; there is nothing to set for a process')
  for (const key of ['connections', 'routes', 'manhole'])
    worker.noteIf(place, key, 'not carried over; there is one process with all realms')
  for (const transport of worker.parts('transports')) importTransport(transport, into)
  worker.finish(place)
}

/** Orders the keys of realms for reading: logins before rights. */
function inOrder(realms: WrittenRealms): WrittenRealms {
  return Object.fromEntries(
    Object.entries(realms).map(([name, { roles, authorizers, topics, uriRule, ...logins }]) => [
      name,
      {
        ...logins,
        ...(uriRule === undefined ? {} : { uriRule }),
        roles,
        ...(authorizers === undefined ? {} : { authorizers }),
        ...(topics === undefined ? {} : { topics }),
      },
    ]),
  )
}

function headOf(name: string, count: number): string {
  const what = count === 0 ? 'Everything is carried over.' : 'A comment at its place names each thing that is not carried over.'
  return `Made from ${name} by trunkline import crossbar. ${what}`
}
