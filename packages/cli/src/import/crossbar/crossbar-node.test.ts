// Shows what becomes of the transports of a Crossbar.io configuration, and of a node as a whole.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../config/config.ts'
import { CrossbarFolder, REALM, tcp, webSocket } from '../../testing/crossbar-folder.ts'
import { importCrossbar } from './crossbar.ts'

const crossbar = new CrossbarFolder()
const folder = crossbar.path
afterAll(() => crossbar.remove())
const imported = crossbar.imported.bind(crossbar)

it('ids of Crossbar.io name nothing that the new file has, and give no note', () => {
  const roles = REALM.roles.map((each, i) => ({ ...each, id: `role-${i}` }))
  const bare = imported({ realms: [REALM], transports: [webSocket()] })
  const named = imported({ id: 'router', realms: [{ ...REALM, id: 'realm-1', roles }], transports: [webSocket({ id: 'transport-1' })] })
  expect(named.notes).toEqual(bare.notes)
  expect(named.text).toBe(bare.text)
})

describe('transports of Crossbar.io', () => {
  it('have their address, TLS, backlog, serializers and limits', () => {
    const { cert, key } = selfSigned()
    for (const [name, text] of Object.entries({ 'c.pem': cert, 'k.pem': key, 'ca.pem': cert })) writeFileSync(join(folder, name), text)
    const tls = {
      certificate: 'c.pem',
      key: 'k.pem',
      ca_certificates: ['ca.pem', 'more.pem'],
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      dhparam: 'dh.pem',
      chain_certificates: ['x.pem'],
    }
    const config = imported({
      realms: [REALM],
      transports: [
        webSocket({
          endpoint: tcp({ port: '${PORT}', interface: '127.0.0.1', backlog: 100, tls }),
          serializers: ['cbor', 'ubjson'],
          options: { max_message_size: 65_536, auto_ping_interval: 1 },
        }),
        { type: 'rawsocket', endpoint: tcp({ port: 8081, version: 6 }), options: { max_message_size: 1_048_576 } },
      ],
    })
    expect(config.document.listeners).toMatchObject([
      {
        websocket: {
          host: '127.0.0.1',
          port: 8080,
          backlog: 100,
          paths: ['/ws', '/'],
          serializers: ['cbor'],
          limits: { message: 65_536 },
          tls: { cert: 'c.pem', key: 'k.pem', ca: 'ca.pem', clientCertificates: 'require', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
        },
      },
      { rawsocket: { host: '::', port: 8081, limits: { message: 1_048_576 } } },
    ])
    for (const part of ['ubjson', 'auto_ping_interval', 'dhparam', 'chain_certificates', 'only the first'])
      expect(config.notes.join('\n')).toContain(part)
  })

  it('serve what is WAMP of their paths, and tell of the rest', () => {
    const ws = { type: 'websocket', auth: { anonymous: { type: 'static', role: 'user' } } }
    const config = imported({
      realms: [REALM],
      transports: [
        {
          type: 'web',
          endpoint: tcp(),
          paths: {
            '/': { type: 'static', directory: 'web' },
            ws,
            other: ws,
            inner: { type: 'websocket' },
            lp: { type: 'longpoll', options: {} },
            info: { type: 'nodeinfo' },
          },
        },
        { type: 'web', endpoint: tcp({ port: 8081 }), paths: { '/': { type: 'static', directory: 'web' } } },
        {
          type: 'universal',
          endpoint: tcp({ port: 8082 }),
          rawsocket: {},
          websocket: { ws: { type: 'websocket' } },
          web: { paths: { '/': { type: 'static' } } },
        },
        { type: 'mqtt', endpoint: tcp({ port: 1883 }) },
        webSocket({ endpoint: { type: 'twisted', server_string: 'tcp:8083' } }),
      ],
    })
    expect(config.document.listeners).toMatchObject([
      { websocket: { port: 8080, paths: ['/ws', '/other'], longPoll: { path: '/lp' } } },
      { websocket: { port: 8082, paths: ['/ws'] } },
    ])
    const notes = config.notes.join('\n')
    for (const part of [
      'paths./: not',
      'paths.inner: not',
      'paths.info: not',
      'transports[1]: not',
      'rawsocket: not',
      'type mqtt',
      'type twisted',
    ])
      expect(notes).toContain(part)
  })

  it('of proxies and their workers become one listener', () => {
    const proxied = { type: 'rawsocket', endpoint: { type: 'unix', path: 'router.sock' }, auth: { 'anonymous-proxy': { type: 'static' } } }
    const proxy = { type: 'proxy', transports: [webSocket({ endpoint: tcp({ shared: true }) })], connections: {}, routes: {} }
    const value = { version: 2, workers: [{ type: 'router', realms: [REALM], transports: [proxied] }, proxy, proxy] }
    const { text, notes } = importCrossbar(value, { name: 'config.json', from: folder, to: folder })
    expect(parseConfig(text, 'a.yaml').document.listeners).toMatchObject([{ websocket: { port: 8080 } }])
    for (const part of ['for proxy workers', 'another transport listens there', 'routes']) expect(notes.join('\n')).toContain(part)
  })

  it('leave a file that can be used where none of them could be carried over', () => {
    const { document, notes } = imported({ realms: [REALM], transports: [{ type: 'flashpolicy', endpoint: tcp() }] })
    expect(document.listeners.length).toBe(1)
    expect(notes.join('\n')).toContain('replaces them')
  })
})

describe('a node of Crossbar.io', () => {
  it('tells of components, other workers and whatever is not known, each at a place in the file', () => {
    const value = {
      version: 2,
      controller: {},
      surprise: 1,
      workers: [
        {
          type: 'router',
          options: { pythonpath: ['..'] },
          realms: [{ ...REALM, rlinks: [] }],
          transports: [webSocket({ magic: true })],
          components: [{ type: 'class', classname: 'a.B' }],
        },
        { type: 'guest', executable: 'node' },
      ],
    }
    const { text, notes } = importCrossbar(value, { name: 'config.json', from: folder, to: folder })
    for (const part of ['controller', 'surprise', 'options', 'rlinks', 'magic', 'components[0]', 'type guest'])
      expect(notes.join('\n')).toContain(part)
    for (const note of notes) expect(text).toContain(`# ${note}`)
    expect(parseConfig(text, 'a.yaml').document.listeners.length).toBe(1)
  })

  it('of another version or shape is refused', () => {
    const places = { name: 'config.json', from: folder, to: folder }
    for (const value of [{}, null, [], 'x', { version: 1 }])
      expect(() => importCrossbar(value, places)).toThrow('config.json is no configuration of Crossbar.io of version 2')
  })

  it('cannot end a comment by a line break of its own', () => {
    const { text } = importCrossbar({ version: 2, workers: [{ type: 'x\nrealms: {}\u001b[2J' }] }, { name: 'a', from: folder, to: folder })
    expect(text).not.toContain('\u001b')
    expect(parseConfig(text, 'a.yaml').document.realms).toEqual({})
  })
})
