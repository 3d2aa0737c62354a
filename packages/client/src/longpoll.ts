// WAMP over plain HTTP requests, for networks that break WebSocket (specification: "HTTP Longpoll Transport"). `#requests`
// makes the HTTP requests.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import { requestsBy } from '#requests'
import { batched } from './batched.ts'
import { checkOpening } from './checks.ts'
import { answerOctets } from './transports/answer-octets.ts'
import { concat, countWithin } from './transports/batched-wire.ts'
import { EncodedTransport } from './transports/encoded-transport.ts'
import { shownUrl } from './transports/shown-url.ts'
import type { ClientSerializer, ClientTransport, OpenTransportOptions, Wire } from './transports/transport.ts'
import { ConnectError, MOST_UNTAKEN } from './transports/transport.ts'

/**
 * Opens a connection over HTTP requests.
 * @param url the base, for example `https://example.com/longpoll`
 * @throws {UsageError} for `tls`, `headers` or `httpAgent` outside of Node
 * @throws {ConnectError} when the connection could not be opened
 *
 * @example
 * import { json } from '@trunkline/client'
 * import { openSession } from '@trunkline/client/session'
 * import { openLongPoll } from '@trunkline/client/longpoll'
 *
 * const signal = AbortSignal.timeout(10_000)
 * const session = await openSession({ transport: await openLongPoll('https://router.example.com/longpoll', { serializer: json(), signal }), realm: 'realm1' })
 * await session.leave()
 */
export async function openLongPoll(url: string, options: OpenTransportOptions): Promise<ClientTransport> {
  checkOpening(url, options)
  const { serializer, signal } = options
  const codec = batchedOf(serializer)
  const request = requestsWith(requestsBy(options))
  const response = await request(`${url}/open`, JSON.stringify({ protocols: [codec.subprotocol] }), signal, 'application/json').catch(
    (cause: unknown) => {
      throw signal.aborted
        ? signal.reason
        : new ConnectError('TL_CONNECT_FAILED', `no connection to ${shownUrl(url)}: ${String(cause).replaceAll(url, shownUrl(url))}`, {
            cause,
          })
    },
  )
  const { protocol, transport } = JSON.parse(await textOf(response)) as { protocol?: unknown; transport?: unknown }
  if (protocol !== codec.subprotocol || typeof transport !== 'string') {
    throw new ConnectError('TL_CONNECT_FAILED', `${shownUrl(url)} did not agree on ${codec.subprotocol}`)
  }
  const wire = new LongPollWire(`${url}/${encodeURIComponent(transport)}`, codec, request)
  const connection = new EncodedTransport(wire)
  wire.start(connection)
  return connection
}

type Batched = ClientSerializer & { readonly batch: NonNullable<ClientSerializer['batch']> }

/** The serializer with batches, so that one request takes all queued messages. */
function batchedOf(serializer: ClientSerializer): Batched {
  const codec = serializer.batch === undefined ? batched(serializer) : serializer
  return codec as Batched
}

class LongPollWire implements Wire {
  readonly #url: string
  readonly #codec: Batched
  readonly #request: Request
  readonly #ending = new AbortController()
  #connection: EncodedTransport | undefined
  #waiting: Uint8Array<ArrayBuffer>[] = []
  #octets = 0
  #most = Infinity
  #isSending = false
  #sent = Promise.resolve()
  #isClosing = false

  constructor(url: string, codec: Batched, request: Request) {
    this.#url = url
    this.#codec = codec
    this.#request = request
  }

  start(connection: EncodedTransport): void {
    this.#connection = connection
    void this.#receive(connection)
  }

  /** A batch of one. */
  encode(message: Message): Uint8Array<ArrayBuffer> {
    return this.#codec.batch.join([this.#codec.encode(message)])
  }

  send(encoded: Uint8Array<ArrayBuffer>, most: number): void {
    this.#most = most
    this.#waiting.push(encoded)
    this.#octets += encoded.length
    if (this.#isSending) return
    this.#isSending = true
    // Messages of one turn share a request; messages during a request are queued for the next.
    this.#sent = Promise.resolve().then(() => this.#sendWaiting())
  }

  close(): void {
    this.#isClosing = true
    if (!this.#isSending) void this.#finish()
  }

  destroy(): void {
    this.#waiting = []
    this.#ending.abort()
    this.#connection?.end({ wasClean: false })
  }

  async #sendWaiting(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = concat(this.#waiting.splice(0, countWithin(this.#waiting, this.#most)))
        this.#octets -= batch.length
        await this.#request(`${this.#url}/send`, batch, this.#ending.signal, 'application/octet-stream')
      }
    } catch (error) {
      return this.#broken(error)
    } finally {
      this.#isSending = false
    }
    if (this.#isClosing) await this.#finish()
  }

  async #receive(connection: EncodedTransport): Promise<void> {
    try {
      while (!this.#ending.signal.aborted) {
        // Answers to what it sends must not fill the memory while the router does not take them.
        if (this.#octets > MOST_UNTAKEN) await this.#sent
        const response = await this.#request(`${this.#url}/receive`, undefined, this.#ending.signal)
        if (response.status === 204) continue
        const batch = await answerOctets(response.body)
        for (const message of this.#codec.batch.split(batch)) connection.receive(message, (octets) => this.#codec.decode(octets))
      }
    } catch (error) {
      if (error instanceof ProtocolError) connection.fail(error)
      else this.#broken(error)
    }
  }

  async #finish(): Promise<void> {
    await this.#request(`${this.#url}/close`, undefined, this.#ending.signal).catch((error: unknown) => this.#broken(error))
    this.#ending.abort()
    this.#connection?.end({ wasClean: true })
  }

  /** The router has ended this connection, or cannot be reached. */
  #broken(error: unknown): void {
    this.#ending.abort()
    const isOver = error instanceof RefusedError && error.status === 404
    this.#connection?.end({ wasClean: isOver, error: isOver ? undefined : error })
  }
}

async function textOf({ body }: Response): Promise<string> {
  return new TextDecoder().decode(await answerOctets(body))
}

class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: number

  constructor(status: number, text: string) {
    super(`HTTP ${status}: ${text}`)
    this.status = status
  }
}

/** Makes a request; rejects when the answer is a refusal. */
type Request = (url: string, body: string | Uint8Array<ArrayBuffer> | undefined, signal: AbortSignal, type?: string) => Promise<Response>

function requestsWith(ask: ReturnType<typeof requestsBy>): Request {
  return async (url, body, signal, type) => {
    const response = await ask(url, {
      method: 'POST',
      // An answer that leads elsewhere is a refusal: a router must not make its clients send requests to others.
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
      ...(type === undefined ? {} : { headers: { 'Content-Type': type } }),
    })
    if (response.ok) return response
    throw new RefusedError(response.status, (await textOf(response)).trim())
  }
}
