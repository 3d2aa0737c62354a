// A Crossbar.io node as a process, on loopback, with the users of examples/identity. Writes into a temporary folder only, and ends
// the node with it.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Child } from '@trunkline/testkit/child'
import { freePorts } from '../faults/processes.ts'
import { KEY_PAIR } from '../interop/key-pair.ts'

export const REALM = 'realm1'
const HOST = '127.0.0.1'
const START_MS = 60_000
const LOOK_MS = 200
/** How much of its output an error shows. */
const SAID = 8_192
const EVERYTHING = {
  uri: '',
  match: 'prefix',
  allow: { call: true, register: true, publish: true, subscribe: true },
  disclose: { caller: true, publisher: true },
  cache: true,
}

export interface CrossbarNode {
  readonly websocket: string
  readonly rawsocket: string
  close(): Promise<void>
}

/** Resolves when both transports accept connections. */
export async function startCrossbar(program: string): Promise<CrossbarNode> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-crossbar-'))
  const [webSocketPort = 0, rawSocketPort = 0] = await freePorts(2)
  await mkdir(join(folder, '.crossbar'))
  await writeFile(join(folder, '.crossbar', 'config.json'), JSON.stringify(configOf(webSocketPort, rawSocketPort)))
  const child = new Child([program, 'start', '--cbdir', join(folder, '.crossbar')], { hasChildren: true })
  const close = async (): Promise<void> => {
    await child.stop()
    await rm(folder, { recursive: true })
  }
  const latest = Date.now() + START_MS
  while (!(await isOpen(webSocketPort)) || !(await isOpen(rawSocketPort))) {
    if (!child.isRunning || Date.now() > latest) {
      await close()
      throw new Error(`Crossbar.io does not listen: ${child.output.slice(-SAID)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return { websocket: `ws://${HOST}:${webSocketPort}/`, rawsocket: `rs://${HOST}:${rawSocketPort}`, close }
}

function configOf(webSocketPort: number, rawSocketPort: number): object {
  const endpoint = (port: number): object => ({ type: 'tcp', port, interface: HOST })
  const serializers = ['json', 'msgpack', 'cbor']
  const transports = [
    { type: 'websocket', endpoint: endpoint(webSocketPort), serializers, auth: AUTH },
    { type: 'rawsocket', endpoint: endpoint(rawSocketPort), serializers, auth: AUTH },
  ]
  const roles = ['anonymous', 'user'].map((name) => ({ name, permissions: [EVERYTHING] }))
  const store = { type: 'memory', 'event-history': [{ uri: 'interop.history.one', match: 'exact', limit: 10 }] }
  return { version: 2, controller: {}, workers: [{ type: 'router', realms: [{ name: REALM, roles, store }], transports }] }
}

const ROLE = { role: 'user' }
/** The users of examples/identity. The keys of SCRAM are of the password there, derived by Autobahn. */
const AUTH = {
  anonymous: { type: 'static', role: 'anonymous' },
  ticket: { type: 'static', principals: { 'ticket-user': { ticket: 'ticket-secret-1', ...ROLE } } },
  wampcra: {
    type: 'static',
    users: {
      'cra-user': { secret: 'cra-secret-1', ...ROLE },
      'cra-salted-user': { secret: 'cra-salted-pw-1', salt: 'salt-5f3a9c', iterations: 1000, keylen: 32, ...ROLE },
    },
  },
  cryptosign: { type: 'static', principals: { 'cryptosign-user': { authorized_keys: [KEY_PAIR.publicKey], ...ROLE } } },
  scram: {
    type: 'static',
    principals: {
      'scram-argon2-user': {
        kdf: 'argon2id-13',
        iterations: 2,
        memory: 16384,
        salt: 'ffeeddccbbaa99887766554433221100',
        'stored-key': '68658f87846fd9969a86d8834db679bbaa4b90c7fab7054013cfd26f101dc5b7',
        'server-key': 'ffb08f585d3d45acd6888204e648401e6a67afd795f3823660a74de18ca6480b',
        ...ROLE,
      },
    },
  },
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
