// Detects a dead connection that was never closed: after a silence it has its owner send a request, and ends
// the connection when no message follows.

import type { Message } from '@trunkline/protocol'
import type { Clock } from '../clock.ts'
import type { ChannelBinding, ClientTransport, TransportCloseInfo, TransportOwner } from '../transports/transport.ts'
import type { Environment } from './environment.ts'

/** The time that the router has to send a message after the request. */
const ANSWER_MS = 10_000

export interface Listening {
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly environment: Environment
  /** The silence, in milliseconds, after which `ask` is called. */
  readonly silenceMs: number
  /** Sends a request that any router answers. */
  readonly ask: () => void
}

/** Wraps a transport and ends it when it is dead. */
export class ListeningTransport implements ClientTransport {
  readonly #transport: ClientTransport
  readonly #listening: Listening
  #heardAt = 0
  #hasAnswered = false
  #cancelWake: (() => void) | undefined
  #cancelTimer: (() => void) | undefined
  #isDead = false

  constructor(transport: ClientTransport, listening: Listening) {
    this.#transport = transport
    this.#listening = listening
  }

  attach(owner: TransportOwner): void {
    this.#transport.attach({
      onMessage: (message) => {
        this.#heard()
        owner.onMessage(message)
      },
      onProtocolError: (error) => owner.onProtocolError(error),
      onClose: (info) => {
        this.#stop()
        owner.onClose(this.#isDead ? silent(info) : info)
      },
    })
  }

  get isOpen(): boolean {
    return this.#transport.isOpen !== false
  }

  send(message: Message): void {
    this.#transport.send(message)
  }

  limit(octets: number): void {
    this.#transport.limit?.(octets)
  }

  close(): void {
    this.#stop()
    this.#transport.close()
  }

  destroy(): void {
    this.#stop()
    if (this.#transport.destroy === undefined) this.#transport.close()
    else this.#transport.destroy()
  }

  channelBinding(type: ChannelBinding): Uint8Array | undefined {
    return this.#transport.channelBinding?.(type)
  }

  #heard(): void {
    this.#heardAt = this.#listening.now()
    this.#hasAnswered = true
    if (this.#cancelWake !== undefined) return
    // After a page wakes or the network is back, the connection is checked at once.
    this.#cancelWake = this.#listening.environment.onWake(() => this.#ask())
    this.#wait(this.#listening.silenceMs)
  }

  #wait(milliseconds: number): void {
    this.#cancelTimer = this.#listening.clock.setTimer(() => {
      const left = this.#heardAt + this.#listening.silenceMs - this.#listening.now()
      if (left > 0) this.#wait(left)
      else this.#ask()
    }, milliseconds)
  }

  #ask(): void {
    const { clock, silenceMs, ask } = this.#listening
    this.#cancelTimer?.()
    this.#hasAnswered = false
    ask()
    this.#cancelTimer = clock.setTimer(() => {
      if (this.#hasAnswered) return this.#wait(silenceMs)
      this.#isDead = true
      this.destroy()
    }, ANSWER_MS)
  }

  #stop(): void {
    this.#cancelTimer?.()
    this.#cancelWake?.()
  }
}

function silent({ code }: TransportCloseInfo): TransportCloseInfo {
  return { wasClean: false, code, reason: 'nothing came from the router, which was asked' }
}
