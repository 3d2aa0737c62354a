// Buses in one process and in several: who reaches whom, what passes, what strangers and dead processes leave.

import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '@trunkline/protocol'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UnixBus } from './unix-bus.ts'

/** What one bus tells its owner, in order; tests wait for it. */
class Told {
  readonly lines: string[] = []
  #looking: (() => void)[] = []

  add(line: string): void {
    this.lines.push(line)
    for (const look of this.#looking.splice(0)) look()
  }

  async until(...lines: readonly string[]): Promise<void> {
    while (!lines.every((line) => this.lines.includes(line))) await new Promise<void>((resolve) => this.#looking.push(resolve))
  }
}

let folder: string
const open: { close(): Promise<void> }[] = []
const children: Child[] = []
const sockets: Socket[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bus-'))
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(children.splice(0).map((child) => child.end('SIGKILL')))
  await Promise.all(open.splice(0).map((bus) => bus.close()))
  rmSync(folder, { recursive: true })
})

const text = (octets: Uint8Array): string => Buffer.from(octets).toString()
const octets = (words: string): Uint8Array => new Uint8Array(Buffer.from(words))

async function start(node: string, peers: readonly string[]): Promise<{ bus: UnixBus; told: Told }> {
  const bus = await UnixBus.open({ node, folder })
  open.push(bus)
  const told = begin(bus)
  bus.announce(octets(node))
  bus.connectTo(peers)
  return { bus, told }
}

function begin(bus: UnixBus): Told {
  const told = new Told()
  bus.start({
    onPacket: (from, packet) => told.add(`${from}: ${packet.length > 100 ? packet.length : text(packet)}`),
    onHello: (hello) => told.add(`hello ${text(hello)}`),
    onGone: (gone) => told.add(`gone ${gone}`),
    onStatus: (isConnected) => told.add(isConnected ? 'connected' : 'cut off'),
  })
  return told
}

/** A process with a bus that says what it was told, and sends back what it gets. */
function startChild(node: string, peers: readonly string[]): Child {
  const program = `
    import { UnixBus } from ${JSON.stringify(new URL('unix-bus.ts', import.meta.url).href)}
    const bus = await UnixBus.open({ node: '${node}', folder: ${JSON.stringify(folder)} })
    bus.start({
      onPacket: (from, packet) => bus.send(from, packet.slice()),
      onHello: (hello) => console.log('hello ' + Buffer.from(hello)),
      onGone: (gone) => console.log('gone ' + gone),
      onStatus: () => console.log('started'),
    })
    bus.announce(Buffer.from('${node}'))
    bus.connectTo(${JSON.stringify(peers)})`
  const child = Child.node([...FROM_SOURCE, '--input-type=module', '--eval', program])
  children.push(child)
  return child
}

/** A connection of a stranger, which has sent these octets. */
async function stranger(node: string, ...pieces: readonly (string | Uint8Array)[]): Promise<Socket> {
  const socket = connect(join(folder, `${node}.sock`))
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  for (const piece of pieces) socket.write(piece)
  return socket
}

const named = (name: string): Uint8Array => octets(`\u0001\0\0${String.fromCharCode(name.length)}${name}`)

describe('UnixBus', () => {
  it('joins three nodes, whichever of them starts first', async () => {
    const names = ['a', 'b', 'c']
    const nodes = await Promise.all(['c', 'a', 'b'].map((name) => start(name, names)))
    for (const { bus, told } of nodes) {
      const others = names.filter((name) => name !== bus.node)
      await told.until('connected', ...others.map((name) => `hello ${name}`))
      for (const other of others) bus.send(other, octets(`to ${other}`))
    }
    for (const { bus, told } of nodes) {
      await told.until(...names.filter((name) => name !== bus.node).map((name) => `${name}: to ${bus.node}`))
      bus.announce(octets(`again ${bus.node}`))
    }
    for (const { bus, told } of nodes) {
      await told.until(...names.filter((name) => name !== bus.node).map((name) => `hello again ${name}`))
      expect(bus.counters).toEqual({ dropped: 0, refused: 0, failures: 0 })
    }
  })

  it('brings packets of every size in order', async () => {
    const [a, b] = await Promise.all([start('a', ['b']), start('b', ['a'])])
    await a.told.until('hello b')
    const sizes = [0, 1, 16_379, 16_380, 16_381, 65_536, 300_000, a.bus.maxPacketBytes, 5]
    for (const size of sizes) a.bus.send('b', new Uint8Array(size).fill(0x78))
    a.bus.send('b', octets('last'))
    await b.told.until('a: last')
    const lines = sizes.map((size) => `a: ${size > 100 ? size : 'x'.repeat(size)}`)
    expect(b.told.lines.filter((line) => line.startsWith('a: '))).toEqual([...lines, 'a: last'])
  })

  it('drops a packet that is too long, or for a node that is not there', async () => {
    const { bus } = await start('a', [])
    bus.send('nobody', octets('x'))
    expect(bus.counters.dropped).toBe(0)
    await stranger('a', named('z'))
    const b = await start('b', ['a'])
    await b.told.until('hello a')
    bus.send('b', new Uint8Array(bus.maxPacketBytes + 1))
    expect(bus.counters.dropped).toBe(1)
  })

  it('tells that a node is gone when its bus is closed, after what it had sent, and joins the next of that name', async () => {
    const a = await start('a', ['b'])
    const b = await start('b', ['a'])
    await b.told.until('hello a')
    b.bus.send('a', octets('farewell'))
    await b.bus.close()
    await a.told.until('gone b')
    expect(a.told.lines).toEqual(['connected', 'hello b', 'b: farewell', 'gone b'])
    const next = await start('b', ['a'])
    await next.told.until('hello a')
    await a.bus.close()
    await next.told.until('gone a')
    const again = await start('a', ['b'])
    await again.told.until('hello b')
    expect(again.told.lines).not.toContain('gone b')
  })

  it('calls its owner no more once it is closed, and leaves no socket', async () => {
    const a = await start('a', ['b'])
    const b = await start('b', ['a'])
    await a.told.until('hello b')
    b.bus.send('a', octets('late'))
    await Promise.all([a.bus.close(), a.bus.close()])
    await b.told.until('gone a')
    expect(a.told.lines).not.toContain('gone b')
    expect(existsSync(join(folder, 'a.sock'))).toBe(false)
  })

  it('connects only once it is started, so that no HELLO is lost', async () => {
    await start('a', [])
    const bus = await UnixBus.open({ node: 'b', folder })
    open.push(bus)
    bus.connectTo(['a'])
    const later = await start('c', ['a'])
    await later.told.until('hello a')
    const told = begin(bus)
    await told.until('hello a')
    expect(told.lines).toEqual(['connected', 'hello a'])
  })

  it('connects no more to a node that is not named any more', async () => {
    const a = await start('a', ['b'])
    const b = await start('b', ['a'])
    await b.told.until('hello a')
    b.bus.connectTo([])
    await a.told.until('gone b')
    const c = await start('c', ['a', 'b'])
    await c.told.until('hello a', 'hello b')
    expect(b.told.lines.filter((line) => line === 'hello a')).toHaveLength(1)
  })
})

describe('a stranger at the socket', () => {
  it.each<readonly [string, readonly (string | Uint8Array)[]]>([
    ['other octets than a name', ['GET / HTTP/1.1\r\n\r\n']],
    ['a packet before its name', [octets('\u0003\0\0\u0001x')]],
    ['a name that is none', [named('../b')]],
    ['a name without letters', [named('')]],
    ['the name of this node', [named('b')]],
    ['a smaller name, to which this node would connect', [named('a')]],
    ['the name of a node that is connected', [named('c')]],
    ['its name twice', [named('d'), named('d')]],
    ['a packet that is too long', [named('d'), Uint8Array.of(3, 0x10, 0, 1)]],
    ['a packet of an unknown kind', [named('d'), Uint8Array.of(9, 0, 0, 0)]],
  ])('that sends %s loses its connection, and no other node does', async (_, pieces) => {
    const b = await start('b', ['c'])
    const c = await start('c', ['b'])
    await c.told.until('hello b')
    const socket = await stranger('b', ...pieces)
    socket.resume()
    await once(socket, 'close')
    b.bus.send('c', octets('still here'))
    await c.told.until('b: still here')
    expect(b.bus.counters.refused).toBe(1)
    expect(b.told.lines).not.toContain('gone c')
  })

  it('that does not read costs 8 MiB at most, and gets what was not dropped', async () => {
    const a = await start('a', [])
    const socket = await stranger('a', named('b'))
    await once(socket, 'readable')
    const packets = 20
    for (let i = 0; i < packets; i++) a.bus.send('b', new Uint8Array(1_000_000))
    expect(a.bus.counters.dropped).toBe(packets - 8)
    let read = 0
    socket.on('data', (chunk: Buffer) => (read += chunk.length))
    while (read < 8_000_000) await once(socket, 'data')
    a.bus.send('b', octets('x'))
    expect(a.bus.counters.dropped).toBe(packets - 8)
  })

  it('that waits before its name keeps no other from connecting', async () => {
    const a = await start('a', [])
    const silent = await Promise.all(Array.from({ length: 65 }, () => stranger('a')))
    silent[0]?.resume()
    await Promise.all(silent.slice(0, 1).map((socket) => once(socket, 'close')))
    expect(a.bus.counters.refused).toBe(1)
    const b = await start('b', ['a'])
    await b.told.until('hello a')
  })
})

describe('processes', () => {
  it('are told at once of one that was killed, and join its successor', async () => {
    const a = await start('a', ['m', 'z'])
    const z = await start('z', ['a', 'm'])
    for (const round of [1, 2]) {
      const child = startChild('m', ['a', 'z'])
      await Promise.all([child.shows(/hello a/), child.shows(/hello z/)])
      a.bus.send('m', octets(`round ${round}`))
      z.bus.send('m', octets(`round ${round}`))
      await Promise.all([a.told.until(`m: round ${round}`), z.told.until(`m: round ${round}`)])
      await child.end('SIGKILL')
      await Promise.all([a.told.until('gone m'), z.told.until('gone m')])
      expect(existsSync(join(folder, 'm.sock'))).toBe(true)
      for (const { told } of [a, z]) {
        expect(told.lines.filter((line) => line.endsWith(' m'))).toEqual(['hello m', 'gone m'])
        told.lines.length = 0
      }
    }
  })
})

describe('the folder', () => {
  it('is made for its user alone', async () => {
    folder = join(folder, 'cluster', 'sockets')
    await start('a', [])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('that others may enter is refused', async () => {
    chmodSync(folder, 0o750)
    await expect(UnixBus.open({ node: 'a', folder })).rejects.toThrow(
      new UsageError(`others may enter the folder ${folder}: chmod 700 ${folder}`, 'TL_LISTEN'),
    )
  })

  it('with a path too long for sockets is refused', async () => {
    await expect(UnixBus.open({ node: 'a', folder: join(folder, 'x'.repeat(100)) })).rejects.toThrow(
      /at most 103 octets.*choose a shorter folder/,
    )
  })

  it('keeps the socket of a process that listens, and every file that is no socket', async () => {
    await start('a', [])
    await expect(UnixBus.open({ node: 'a', folder })).rejects.toThrow(/in use: another process has the name of this node/)
    writeFileSync(join(folder, 'b.sock'), 'kept')
    await expect(UnixBus.open({ node: 'b', folder })).rejects.toThrow(/in use/)
    expect(statSync(join(folder, 'b.sock')).size).toBe(4)
  })

  it('has no room for a node without a proper name', async () => {
    await expect(UnixBus.open({ node: '../a', folder })).rejects.toThrow(/letters, digits, _ and -, not "\.\.\/a"/)
  })
})
