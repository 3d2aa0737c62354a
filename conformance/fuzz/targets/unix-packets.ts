// The stream between two processes of one machine: the name of the other, then its HELLOs and packets.

import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { ascii, fromHex } from '@trunkline/testkit'
import { isNodeName } from '../../../packages/router/src/cluster/node-name.ts'
import type { ConnectionOwner } from '../../../packages/router/src/cluster/unix-connection.ts'
import { LONGEST_PACKET, UnixConnection } from '../../../packages/router/src/cluster/unix-connection.ts'
import { checkStream, Events } from './streams.ts'
import type { Target } from './target.ts'
import { check, concat } from './target.ts'

export function unixPacketsTarget(): Target {
  return {
    name: 'unix-packets',
    files: /router\/src\/cluster\/unix-connection\.ts|protocol\/src\/partial-frame\.ts/,
    seeds: SEEDS,
    tokens: TOKENS.map(fromHex),
    run: (input) => checkStream(input.subarray(1), 1 + (input[0] ?? 0), read),
  }
}

function read(chunks: readonly Uint8Array[]): Events {
  const events = new Events(LONGEST_PACKET)
  const socket = new Socket()
  let names = 0
  const owner: ConnectionOwner = {
    onName(connection, node) {
      check(++names === 1, 'a second name')
      events.add('name', Buffer.from(node, 'latin1'))
      if (isNodeName(node)) connection.accept(node)
      else connection.refuse()
    },
    onHello: (from, hello) => {
      check(isNodeName(from), 'a HELLO of no node')
      events.add('hello', hello)
    },
    onPacket: (from, packet) => {
      check(isNodeName(from), 'a packet of no node')
      events.add('packet', packet)
    },
    onClose: () => {},
  }
  const connection = new UnixConnection(socket as unknown as Duplex, owner)
  for (const chunk of chunks) socket.emit('data', Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
  if (connection.isRefused) events.addLast('refused')
  check(socket.writes === 0, 'something was written')
  connection.destroy()
  socket.emit('close')
  return events
}

/** What the connection uses of a socket. */
class Socket extends EventEmitter {
  writes = 0
  destroyed = false
  readonly writableLength = 0
  readonly writableNeedDrain = false

  write(): void {
    this.writes++
  }

  destroy(): void {
    this.destroyed = true
  }
}

function packed(kind: number, octets: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(kind, octets.length >> 16, (octets.length >> 8) & 255, octets.length & 255), octets)
}

const named = packed(1, ascii('worker-1'))
const SEEDS = [
  concat(Uint8Array.of(3), named, packed(2, ascii('{"v":1}')), packed(3, ascii('a packet')), packed(3, ascii(''))),
  concat(Uint8Array.of(90), named, packed(3, new Uint8Array(600)), packed(2, new Uint8Array(300))),
  concat(Uint8Array.of(0), named, named),
  concat(Uint8Array.of(1), packed(3, ascii('no name'))),
  concat(Uint8Array.of(1), packed(1, ascii('../a name'))),
  concat(Uint8Array.of(1), packed(1, ascii('')), packed(3, ascii('x'))),
]
const TOKENS = [
  '01 00 00 01 61',
  '02 00 00 01 7b',
  '03 00 00 00',
  '03 10 00 00',
  '03 10 00 01',
  '01 00 00 41',
  '02 01 00 01',
  '04 00 00 00',
]
