// One tab, as the worker sees it: a client whose router is the worker. It opens a session that is a part of the worker's own, and
// ends with it.

import type { Message } from '@trunkline/protocol'
import * as p from '@trunkline/protocol'
import type { CloseInfo } from '../errors.ts'
import type { EncodedTransport } from '../transports/encoded-transport.ts'
import { receiveOver, transportOver } from '../transports/socket-transport.ts'
import type { ClientSerializer, TransportOwner } from '../transports/transport.ts'
import { ConnectError } from '../transports/transport.ts'
import type { ConnectionFault } from '../reconnecting/states.ts'
import type { Notice, Port } from './port.ts'
import { costOf, isFrame, isNotice, notify, PORT_VERSION, postFrame } from './port.ts'
import type { Peer } from './shared-session.ts'
import { errorOf } from './shared-session.ts'
import type { Shared } from './shared-transport.ts'

/** The most octets that a tab may leave unread, as those that a router queues for a session. */
const MOST_UNREAD = 4_194_304
/** The questions without an answer after which a tab without a lock counts as dead. */
const MOST_UNANSWERED = 6

export interface TabOwner {
  /** By subprotocol. */
  readonly serializers: ReadonlyMap<string, ClientSerializer>
  /** The lock of the worker. */
  readonly lock: string | undefined
  /** Calls `onFree` when the holder of a lock has died. */
  watch(lock: string, onFree: () => void): () => void
  /** A tab may send HELLO. Before, a port may be one that no client uses. */
  opened(tab: Tab): void
  /** A tab waits for a session. */
  wanted(tab: Tab): void
  /** A page is visible again, or the network is back. */
  woken(): void
  /** A tab has gone, or left its session itself. */
  left(tab: Tab): void
  /** An event could not be sent to a tab. */
  failed(error: unknown, uri: string): void
}

/**
 * - `new`: no HELLO has come.
 * - `waiting`: for a session of the worker.
 * - `open`: it has a part of that session.
 * - `over`: the worker ended it; the port stays, to wake the tab.
 * - `gone`: nothing more is sent.
 */
type Phase = 'new' | 'waiting' | 'open' | 'over' | 'gone'

export class Tab implements Peer, TransportOwner {
  readonly #port: Port
  readonly #owner: TabOwner
  #phase: Phase = 'new'
  #serializer: ClientSerializer | undefined
  #transport: EncodedTransport | undefined
  #realm: string | null = null
  #shared: Shared | undefined
  #stopWatching: (() => void) | undefined
  /** Undefined for a tab with a lock. */
  #unanswered: number | undefined = 0
  #unread = 0

  constructor(port: Port, owner: TabOwner) {
    this.#port = port
    this.#owner = owner
  }

  listen(): void {
    this.#port.onmessage = ({ data }) => this.#take(data)
  }

  /** Opens its session. */
  welcome(shared: Shared, realm: string): void {
    if (this.#phase !== 'waiting') return
    if (this.#realm !== null && this.#realm !== realm) {
      return this.#abort(p.NO_SUCH_REALM, `the shared worker is in realm ${realm}, not ${this.#realm}`)
    }
    this.#phase = 'open'
    this.#shared = shared
    shared.session.join(this)
    this.#post({ type: p.WELCOME, session: shared.id, details: { realm, ...shared.details } })
  }

  /** The session of the worker has ended, or could not be opened. */
  lost(cause: ConnectionFault | undefined): void {
    if (this.#phase !== 'open' && this.#phase !== 'waiting') return
    const wasOpen = this.#phase === 'open'
    const end = cause === undefined ? undefined : endOf(cause, wasOpen)
    if (end !== undefined) this.#post(end)
    this.#close(cause === undefined ? 'the client of the shared worker is stopped' : textOf(cause))
  }

  /** Another attempt will succeed. */
  wake(): void {
    if (this.#phase === 'over') notify(this.#port, { kind: 'wake' })
  }

  /** Asks a tab without a lock whether it lives. */
  ask(): void {
    if (this.#unanswered === undefined) return
    if (this.#unanswered++ >= MOST_UNANSWERED) this.#gone()
    else notify(this.#port, { kind: 'alive' })
  }

  /** Takes a message of the router. */
  receive(message: Message): void {
    if (this.#unread > MOST_UNREAD) return this.#abort(p.SLOW_CONSUMER, `the tab left ${this.#unread} octets unread`)
    try {
      this.#post(message)
    } catch (error) {
      if (!(error instanceof p.PayloadError)) throw error
      this.#unreadable(message, error)
    }
  }

  onMessage(message: Message): void {
    if (this.#phase === 'new' && message.type === p.HELLO) {
      this.#realm = message.realm
      this.#phase = 'waiting'
      return this.#owner.wanted(this)
    }
    if (message.type === p.ABORT) return this.#gone()
    if (this.#phase !== 'open') return
    if (message.type === p.GOODBYE) {
      this.#post({ type: p.GOODBYE, details: p.EMPTY_DICT, reason: p.GOODBYE_AND_OUT })
      return this.#gone()
    }
    this.#pass(message)
  }

  onProtocolError({ uri, message }: p.ProtocolError): void {
    this.#abort(uri, message)
  }

  onClose(): void {
    // The end of the port comes as a notice.
  }

  #pass(message: Message): void {
    try {
      p.checkOpen('router', message.type)
      this.#shared?.session.send(this, message)
    } catch (error) {
      if (error instanceof p.ProtocolError) this.#abort(error.uri, error.message)
      else if (error instanceof p.PayloadError) this.#unsendable(message, error)
      else throw error
    }
  }

  #take(data: unknown): void {
    if (isFrame(data)) {
      if (this.#transport !== undefined && this.#serializer !== undefined) receiveOver(this.#transport, data, this.#serializer)
    } else if (isNotice(data)) this.#notice(data)
  }

  #notice(notice: Notice): void {
    switch (notice.kind) {
      case 'open':
        return this.#opening(notice.version, notice.subprotocol, notice.lock)
      case 'taken':
        this.#unread -= notice.octets
        return
      case 'alive':
        if (this.#unanswered !== undefined) this.#unanswered = 0
        return
      case 'wake':
        return this.#owner.woken()
      case 'closed':
        return this.#phase === 'over' ? undefined : this.#gone()
      case 'left':
        return this.#gone()
    }
  }

  #opening(version: number, subprotocol: string, lock: string | undefined): void {
    const serializer = this.#owner.serializers.get(subprotocol)
    if (version !== PORT_VERSION) return this.#refuse(`it is of another version than this tab (${PORT_VERSION}, not ${version})`)
    if (serializer === undefined) return this.#refuse(`it has no serializer for ${subprotocol}; give serveTabs the same`)
    if (this.#transport !== undefined) return
    this.#serializer = serializer
    this.#transport = transportOver(
      {
        isOpen: true,
        send: (message) => {
          this.#unread += costOf(message)
          postFrame(this.#port, message)
        },
        close: () => {},
        destroy: () => {},
      },
      serializer,
    )
    this.#transport.attach(this)
    if (lock !== undefined) {
      this.#unanswered = undefined
      this.#stopWatching = this.#owner.watch(lock, () => this.#gone())
    }
    this.#owner.opened(this)
    notify(this.#port, { kind: 'opened', lock: this.#owner.lock })
  }

  /** A message of the tab that the worker's serializer cannot hold, or that is too long for the router. */
  #unsendable(message: Message, { uri = p.INVALID_ARGUMENT, message: text }: p.PayloadError): void {
    const session = this.#shared?.session
    switch (message.type) {
      case p.YIELD:
        return session?.send(this, errorOf(p.INVOCATION, message.request, uri, text))
      case p.ERROR:
        return session?.send(this, { ...message, payload: undefined })
      case p.CALL:
        if (session?.isCalling(this, message.request) === true) break
        return this.receive(errorOf(p.CALL, message.request, uri, text))
      case p.PUBLISH:
        if (message.options['acknowledge'] !== true) break
        return this.receive(errorOf(p.PUBLISH, message.request, uri, text))
    }
    // No answer can say it, so the end of the session does.
    this.#abort(uri, text)
  }

  /** A message of the router that the tab's serializer cannot hold. */
  #unreadable(message: Message, error: p.PayloadError): void {
    const text = `this tab cannot read the payload: ${error.message}`
    if (message.type === p.RESULT) this.#post(errorOf(p.CALL, message.request, p.INVALID_ARGUMENT, text))
    else if (message.type === p.ERROR) this.#post({ ...message, payload: undefined })
    else if (message.type === p.INVOCATION) {
      this.#shared?.session.send(this, errorOf(p.INVOCATION, message.request, p.INVALID_ARGUMENT, text))
    } else this.#owner.failed(error, message.type === p.EVENT ? String(message.details['topic'] ?? '') : '')
  }

  #post(message: Message): void {
    this.#transport?.send(message)
  }

  #refuse(text: string): void {
    notify(this.#port, { kind: 'refused', text })
    this.#gone()
  }

  #abort(reason: string, message: string): void {
    if (this.#phase === 'over' || this.#phase === 'gone') return
    this.#post({ type: p.ABORT, details: { message }, reason, payload: undefined })
    this.#close(message)
  }

  #close(text: string | undefined): void {
    this.#phase = 'over'
    this.#leaveSession()
    notify(this.#port, { kind: 'closed', text })
  }

  #gone(): void {
    if (this.#phase === 'gone') return
    this.#phase = 'gone'
    this.#leaveSession()
    this.#stopWatching?.()
    notify(this.#port, { kind: 'closed', text: undefined })
    this.#port.close()
    this.#owner.left(this)
  }

  #leaveSession(): void {
    this.#shared?.session.leave(this)
    this.#shared = undefined
  }
}

/** The end of a session in the router's words: a tab then says why, and stops where another attempt is useless. */
function endOf(cause: ConnectionFault, wasOpen: boolean): Message | undefined {
  const { reason, details } = cause as Partial<CloseInfo>
  const isByRouter = cause instanceof ConnectError || (!(cause instanceof Error) && cause.by === 'router')
  if (!isByRouter || reason === undefined) return undefined
  const said = { message: textOf(cause), ...details }
  const wasClean = wasOpen && (cause as Partial<CloseInfo>).wasClean === true
  return wasClean ? { type: p.GOODBYE, details: said, reason } : { type: p.ABORT, details: said, reason, payload: undefined }
}

function textOf(cause: ConnectionFault): string {
  return cause.message ?? (cause as CloseInfo).reason
}
