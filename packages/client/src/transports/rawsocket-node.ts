// WAMP over RawSocket: TCP, TLS and Unix sockets of Node (specification: "RawSocket Transport"). @trunkline/protocol
// checks octets and frames.

import type { Socket } from 'node:net'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Message } from '@trunkline/protocol'
import * as p from '@trunkline/protocol'
import { EncodedTransport } from './encoded-transport.ts'
import { shownCause } from './cause-node.ts'
import { shownUrl } from './shown-url.ts'
import { checkWay } from './check-way.ts'
import { tlsBinding } from './tls-binding.ts'
import { readOnlyIfTaken } from './untaken-node.ts'
import type { ChannelBinding, ClientSerializer, ClientTransport, OpenTransportOptions, TlsOptions, Wire } from './transport.ts'
import { ConnectError } from './transport.ts'

/** The client accepts messages as long as RawSocket allows: 2^24 octets. */
const EXPONENT = 15
/** PONGs that the router has not taken yet, and their octets. A router that sends more PINGs meanwhile does not read. */
const MOST_PONGS = 1000
const MOST_PONG_OCTETS = 1024 * 1024

/**
 * Opens a connection and agrees on the serializer.
 * @param url `rs://host:port`, `rss://host:port` or `rs+unix:///path`
 * @throws {ConnectError} when the connection could not be opened
 */
export async function openRawSocket(url: URL, options: OpenTransportOptions): Promise<ClientTransport> {
  if (!/^(rss?|rs\+unix):$/.test(url.protocol))
    throw new p.UsageError(`url: ${url.protocol}// is none of ws://, wss://, rs://, rss:// and rs+unix://`)
  if (options.headers !== undefined || options.httpAgent !== undefined) throw new p.UsageError('headers and httpAgent are for WebSocket')
  if (options.serializer.batch !== undefined) throw new p.UsageError('batches travel only over WebSocket')
  checkWay(options)
  const socket = connectSocket(url, options.tls)
  socket.setNoDelay(true)
  return new Promise((resolve, reject) => {
    const abandon = (): void => {
      reject(options.signal.reason as Error)
      socket.destroy()
    }
    const connection = new RawSocketConnection(socket, url, options.serializer, (outcome) => {
      options.signal.removeEventListener('abort', abandon)
      if (outcome instanceof EncodedTransport) return resolve(outcome)
      socket.destroy()
      reject(new ConnectError('TL_CONNECT_FAILED', `no connection to ${shownUrl(url.href)}: ${outcome.text}`, { cause: outcome.cause }))
    })
    options.signal.addEventListener('abort', abandon, { once: true })
    connection.start(url.protocol === 'rss:' ? 'secureConnect' : 'connect')
  })
}

function connectSocket(url: URL, tls: TlsOptions | undefined): Socket {
  if (url.protocol === 'rs+unix:') return connectTcp({ path: decodeURIComponent(url.pathname) })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port)
  if (host === '' || port === 0) throw new p.UsageError(`${shownUrl(url.href)} names no host and port`)
  if (url.protocol === 'rs:') return connectTcp({ host, port })
  const { rejectUnauthorized = true, cert, key } = tls ?? {}
  const ca = tls?.ca === undefined ? {} : { ca: isTexts(tls.ca) ? [...tls.ca] : tls.ca }
  const own = cert === undefined || key === undefined ? {} : { cert, key }
  // An IP address is no server name for TLS; Node still checks the certificate against `host`.
  return connectTls({ host, port, ...ca, ...own, rejectUnauthorized, ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }) })
}

/** Octets of a file, which plain JavaScript may hand over, are no list of texts. */
function isTexts(ca: string | readonly string[]): ca is readonly string[] {
  return Array.isArray(ca)
}

type OpeningOutcome = EncodedTransport | { readonly text: string; readonly cause?: unknown }

class RawSocketConnection {
  readonly #socket: Socket
  readonly #url: URL
  readonly #serializer: ClientSerializer
  #onOutcome: ((outcome: OpeningOutcome) => void) | undefined
  #handshake = new p.PartialFrame()
  #reader: p.RawSocketReader | undefined
  #transport: EncodedTransport | undefined
  #error: Error | undefined
  #pongs = 0
  #pongOctets = 0

  constructor(socket: Socket, url: URL, serializer: ClientSerializer, onOutcome: (outcome: OpeningOutcome) => void) {
    this.#socket = socket
    this.#url = url
    this.#serializer = serializer
    this.#onOutcome = onOutcome
  }

  start(readyEvent: 'connect' | 'secureConnect'): void {
    this.#socket.once(readyEvent, () => this.#socket.write(p.rawSocketRequest(this.#serializer.name, EXPONENT)))
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', (error) => {
      this.#error = error
    })
    this.#socket.on('close', () => this.#closed())
  }

  #receive(chunk: Uint8Array): void {
    if (this.#reader !== undefined) {
      this.#reader.receive(chunk)
      return readOnlyIfTaken(this.#socket)
    }
    const taken = this.#handshake.fill(p.RAWSOCKET_HANDSHAKE_OCTETS, chunk, 0, chunk.length)
    if (this.#handshake.length < p.RAWSOCKET_HANDSHAKE_OCTETS) return
    const reply = p.readRawSocketReply(this.#handshake.bytes, this.#serializer.name)
    if (typeof reply === 'string' || 'error' in reply) return this.#settle({ text: refusalText(reply) })
    this.#reader = this.#open(reply.maxSendBytes)
    this.#reader.receive(chunk.subarray(taken))
  }

  #open(maxSendBytes: number): p.RawSocketReader {
    const socket = this.#socket
    const serializer = this.#serializer
    const transport = new RawSocketTransport(socket, new RawSocketWire(socket, this.#serializer), maxSendBytes)
    this.#transport = transport
    this.#settle(transport)
    return new p.RawSocketReader(
      {
        // A copy, since the session keeps payloads while Node may reuse the chunk.
        onMessage: (message) => transport.receive(message, (octets) => serializer.decode(octets.slice())),
        onPing: (payload) => this.#answerPing(payload),
        onPong: () => undefined,
        onFault: (_cause, text) => transport.fail(new p.ProtocolError(text)),
      },
      p.rawSocketLimit(EXPONENT),
    )
  }

  /** Each PONG that waits takes hundreds of octets, and a PING only four: too many of them end the connection. */
  #answerPing(payload: Uint8Array): void {
    const socket = this.#socket
    if (socket.destroyed) return
    if (this.#pongs >= MOST_PONGS || this.#pongOctets > MOST_PONG_OCTETS) {
      return void socket.destroy(new Error('the router sends PINGs and does not read the PONGs'))
    }
    this.#pongs += 1
    this.#pongOctets += payload.length
    const { length } = payload
    socket.write(frame(p.RAWSOCKET_PONG, payload), () => {
      this.#pongs -= 1
      this.#pongOctets -= length
    })
  }

  #closed(): void {
    const text = this.#error === undefined ? 'the router closed it' : shownCause(this.#error, this.#url)
    this.#settle({ text, cause: this.#error })
    this.#transport?.end({ wasClean: this.#error === undefined, error: this.#error })
  }

  #settle(outcome: OpeningOutcome): void {
    this.#onOutcome?.(outcome)
    this.#onOutcome = undefined
  }
}

/** Only this transport provides the channel binding of TLS. */
class RawSocketTransport extends EncodedTransport {
  readonly #socket: Socket

  constructor(socket: Socket, wire: Wire, most: number) {
    super(wire, () => socket.writable, most)
    this.#socket = socket
  }

  channelBinding(type: ChannelBinding): Uint8Array | undefined {
    return tlsBinding(this.#socket, type)
  }
}

class RawSocketWire implements Wire {
  readonly #socket: Socket
  readonly #serializer: ClientSerializer
  #isCorked = false

  constructor(socket: Socket, serializer: ClientSerializer) {
    this.#socket = socket
    this.#serializer = serializer
  }

  /** The octets may be valid only until the next call; `send` follows at once and copies them. */
  encode(message: Message): Uint8Array {
    return this.#serializer.encode(message)
  }

  /** Sends the frames of one turn together, with one system call. */
  send(bytes: Uint8Array): void {
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#socket.cork()
      queueMicrotask(() => {
        this.#isCorked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(frame(p.RAWSOCKET_MESSAGE, bytes))
  }

  close(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

function frame(type: number, payload: Uint8Array): Uint8Array {
  const octets = new Uint8Array(p.RAWSOCKET_PREFIX_OCTETS + payload.length)
  p.writeRawSocketPrefix(octets, 0, type, payload.length)
  octets.set(payload, p.RAWSOCKET_PREFIX_OCTETS)
  return octets
}

function refusalText(reply: 'not_rawsocket' | 'other_serializer' | { readonly error: number }): string {
  if (reply === 'not_rawsocket') return 'the other side does not speak RawSocket'
  if (reply === 'other_serializer') return 'the router chose another serializer'
  const texts = ['', 'the router does not support the serializer', 'the router does not accept the length', 'reserved bits were used']
  return texts[reply.error] || (reply.error === 4 ? 'the router has too many connections' : `the router refused with code ${reply.error}`)
}
