// A bare relay, for comparison: the least work that any router in this language must do. It takes JSON messages from WebSocket
// or RawSocket, patches a few octets and passes them on. No router: nothing is checked, options are ignored, one topic only.

import { createHash } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { report } from './usage.ts'

const BATCH = 64 * 1024
const LONGEST_FRAME_HEAD = 10
/** An invocation's id is the call's id times this plus the caller's number, so that no table of calls is needed. */
const MOST_PEERS = 65_536
const WELCOME = '[2,1234567,{"roles":{"broker":{},"dealer":{}}}]'
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const [RAWSOCKET_MAGIC, QUOTE, COMMA, ZERO] = [0x7f, 0x22, 0x2c, 0x30]
const NONE: Buffer = Buffer.alloc(0)

/** All that the relay remembers. */
class Relay {
  readonly peers: Peer[] = []
  readonly procedures = new Map<string, { readonly callee: Peer; readonly id: number }>()
  readonly subscribers = new Set<Peer>()
  /** Batch buffers that are not in use: silent peers hold none. */
  readonly spare: Buffer[] = []
  /** Peers with something to write. */
  written: Peer[] = []
  publications = 0

  flush(): void {
    const batch = this.written
    this.written = []
    for (const peer of batch) peer.flush()
  }
}

class Peer {
  readonly #relay: Relay
  readonly #socket: Socket
  readonly #number: number
  #framing: 'unknown' | 'websocket' | 'rawsocket' = 'unknown'
  #rest: Buffer = NONE
  #out: Buffer = NONE
  #length = 0

  constructor(relay: Relay, socket: Socket) {
    this.#relay = relay
    this.#socket = socket
    this.#number = relay.peers.push(this) - 1
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#relay.subscribers.delete(this))
  }

  /** Queues one frame: a new beginning of the message, and octets of the received one. */
  send(head: string, source: Buffer, start: number, end: number): void {
    const length = head.length + end - start
    if (this.#length === 0) this.#relay.written.push(this)
    if (this.#length + length + LONGEST_FRAME_HEAD > this.#out.length) this.#grow(length + LONGEST_FRAME_HEAD)
    const out = this.#out
    let at = this.#writeFrameHead(length)
    for (let i = 0; i < head.length; i++) out[at++] = head.charCodeAt(i)
    if (end - start < 64) for (let i = start; i < end; i++) out[at++] = source[i] as number
    else at += source.copy(out, at, start, end)
    this.#length = at
  }

  flush(): void {
    if (!this.#socket.destroyed) this.#socket.write(this.#out.subarray(0, this.#length))
    // What the socket could not write at once, it keeps.
    if (this.#socket.writableLength === 0 && this.#out.length === BATCH) this.#relay.spare.push(this.#out)
    this.#out = NONE
    this.#length = 0
  }

  #grow(octets: number): void {
    const isFirst = this.#length === 0 && octets <= BATCH
    const grown = isFirst ? (this.#relay.spare.pop() ?? Buffer.allocUnsafeSlow(BATCH)) : Buffer.allocUnsafeSlow((this.#length + octets) * 2)
    this.#out.copy(grown, 0, 0, this.#length)
    if (this.#out.length === BATCH) this.#relay.spare.push(this.#out)
    this.#out = grown
  }

  #writeFrameHead(length: number): number {
    const out = this.#out
    const at = this.#length
    if (this.#framing === 'rawsocket') return out.writeUInt32BE(length, at)
    out[at] = 0x81
    if (length < 126) out[at + 1] = length
    else if (length < 65_536) {
      out[at + 1] = 126
      out[at + 2] = length >> 8
      out[at + 3] = length
      return at + 4
    } else {
      out[at + 1] = 127
      out.writeUInt32BE(0, at + 2)
      return out.writeUInt32BE(length, at + 6)
    }
    return at + 2
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = this.#framing === 'unknown' ? this.#shakeHands(bytes) : 0
    for (let next = at; this.#framing !== 'unknown' && bytes.length - at >= 4; at = next) {
      next = this.#framing === 'rawsocket' ? this.#takeRawSocket(bytes, at) : this.#takeWebSocket(bytes, at)
      if (next === at) break
    }
    this.#rest = at === bytes.length ? NONE : Buffer.from(bytes.subarray(at))
    this.#relay.flush()
  }

  #shakeHands(bytes: Buffer): number {
    if (bytes[0] === RAWSOCKET_MAGIC && bytes.length >= 4) {
      this.#socket.write(Buffer.of(RAWSOCKET_MAGIC, 0xf1, 0, 0))
      this.#framing = 'rawsocket'
      return 4
    }
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return 0
    const key = /sec-websocket-key: *(\S+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? ''
    const proof = createHash('sha1')
      .update(key + ACCEPT_SUFFIX)
      .digest('base64')
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${proof}`]
    this.#socket.write(`${lines.join('\r\n')}\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n`)
    this.#framing = 'websocket'
    return end + 4
  }

  #takeRawSocket(bytes: Buffer, at: number): number {
    const end = at + 4 + (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
    if (bytes.length < end) return at
    this.#take(bytes, at + 4, end)
    return end
  }

  #takeWebSocket(bytes: Buffer, at: number): number {
    let length = (bytes[at + 1] as number) & 0x7f
    let start = at + 6
    if (length === 126) {
      length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
      start = at + 8
    } else if (length === 127) {
      if (bytes.length < at + 14) return at
      length = bytes.readUInt32BE(at + 6)
      start = at + 14
    }
    const end = start + length
    if (bytes.length < end) return at
    unmask(bytes, start, end)
    if (((bytes[at] as number) & 0x0f) === 1) this.#take(bytes, start, end)
    return end
  }

  /** Takes one message: `[type,id,...`. Options are always `{}` where elements follow them. */
  #take(bytes: Buffer, start: number, end: number): void {
    const afterType = endOfNumber(bytes, start + 1)
    const type = numberIn(bytes, start + 1, afterType)
    if (type === 1) return this.send(WELCOME, bytes, 0, 0)
    const afterId = endOfNumber(bytes, afterType + 1)
    const id = numberIn(bytes, afterType + 1, afterId)
    const uriStart = afterId + 5
    if (type === 70) return this.#relay.peers[id % MOST_PEERS]?.send(`[50,${Math.floor(id / MOST_PEERS)}`, bytes, afterId, end)
    const uriEnd = bytes.indexOf(QUOTE, uriStart)
    if (type === 48) return this.#call(id, bytes, uriStart, uriEnd, end)
    if (type === 16) return this.#publish(bytes, uriEnd + 1, end)
    if (type === 64) return this.#register(id, bytes.toString('latin1', uriStart, uriEnd))
    if (type === 32) return this.#subscribe(id)
  }

  // oxlint-disable-next-line max-params -- Runs for each call: the yardstick makes no garbage.
  #call(id: number, bytes: Buffer, uriStart: number, uriEnd: number, end: number): void {
    const procedure = this.#relay.procedures.get(bytes.toString('latin1', uriStart, uriEnd))
    procedure?.callee.send(`[68,${id * MOST_PEERS + this.#number},${procedure.id},{}`, bytes, uriEnd + 1, end)
  }

  #publish(bytes: Buffer, payloadStart: number, end: number): void {
    const head = `[36,1,${++this.#relay.publications},{}`
    for (const peer of this.#relay.subscribers) peer.send(head, bytes, payloadStart, end)
  }

  #register(id: number, uri: string): void {
    this.#relay.procedures.set(uri, { callee: this, id: this.#relay.procedures.size + 1 })
    this.send(`[65,${id},${this.#relay.procedures.size}]`, NONE, 0, 0)
  }

  #subscribe(id: number): void {
    this.#relay.subscribers.add(this)
    this.send(`[33,${id},1]`, NONE, 0, 0)
  }
}

function endOfNumber(bytes: Buffer, start: number): number {
  let at = start
  while (bytes[at] !== COMMA && at < bytes.length) at++
  return at
}

function numberIn(bytes: Buffer, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end; i++) value = value * 10 + (bytes[i] as number) - ZERO
  return value
}

function unmask(bytes: Buffer, start: number, end: number): void {
  const [a, b, c, d] = [bytes[start - 4] as number, bytes[start - 3] as number, bytes[start - 2] as number, bytes[start - 1] as number]
  let i = start
  for (; i < end - 3; i += 4) {
    bytes[i] = (bytes[i] as number) ^ a
    bytes[i + 1] = (bytes[i + 1] as number) ^ b
    bytes[i + 2] = (bytes[i + 2] as number) ^ c
    bytes[i + 3] = (bytes[i + 3] as number) ^ d
  }
  if (i < end) bytes[i] = (bytes[i] as number) ^ a
  if (i + 1 < end) bytes[i + 1] = (bytes[i + 1] as number) ^ b
  if (i + 2 < end) bytes[i + 2] = (bytes[i + 2] as number) ^ c
}

const relay = new Relay()
const server = createServer({ highWaterMark: BATCH }, (socket) => new Peer(relay, socket))
server.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0), backlog: 4096 }, () => {
  const { port } = server.address() as AddressInfo
  if (process.send === undefined) console.log(`ws://127.0.0.1:${port}/ws rs://127.0.0.1:${port}`)
  else report({ port, rawSocketPort: port, path: '/ws' })
})
