// One session of a router for several peers, each of which sees a session of its own: request ids are translated, and each answer, event
// and invocation goes to the peer that it is for.

import type {
  CallMessage,
  CancelMessage,
  Dict,
  ErrorMessage,
  EventMessage,
  InvocationMessage,
  Message,
  PublishMessage,
  RegisterMessage,
  SubscribeMessage,
  UnregisterMessage,
  UnsubscribeMessage,
  YieldMessage,
} from '@trunkline/protocol'
import * as p from '@trunkline/protocol'
import { remember } from '../calls/ids-seen.ts'
import { isAnnounced } from '../router-features.ts'
import type { Pattern } from './grants.ts'
import { Grants } from './grants.ts'
import { OwnPublications } from './own-publications.ts'

/** One of those that share the session. */
export interface Peer {
  /** Takes a message of the router, with the peer's own request ids. */
  receive(message: Message): void
}

type Request = CallMessage | PublishMessage | SubscribeMessage | UnsubscribeMessage | RegisterMessage | UnregisterMessage

/** A request in flight. */
interface Sent {
  /** Undefined for a request of the shared session itself. */
  readonly peer: Peer | undefined
  /** As the peer sent it. */
  readonly message: Request
  /** Whether its publication is kept from the peer. */
  readonly isKeptFromPeer: boolean
}

interface PeerState {
  /** The router's request ids of its open calls, by its own. */
  readonly calls: Map<number, number>
  lastRequest: number
  readonly own: OwnPublications
}

interface OpenInvocation {
  readonly callee: Peer
  /** Whether more chunks may arrive. */
  readonly isReceiving: boolean
}

/** How a peer holds a subscription. */
interface SubscriptionHold {
  /** The retained events that it has received; undefined if it did not ask for any. */
  retained: Set<number> | undefined
}

/** How a peer holds a registration. */
interface RegistrationHold {
  readonly invoke: unknown
}

export class SharedSession {
  readonly #send: (message: Message) => void
  readonly #details: Dict
  /** Whether PUBLISHED is known to come before the event, as our router sends it. Others, such as nexus, may send it after. */
  readonly #answersFirst: boolean
  readonly #peers = new Map<Peer, PeerState>()
  readonly #sent = new Map<number, Sent>()
  readonly #subscriptions = new Grants<Peer, SubscriptionHold>((id) => this.#unsubscribe(id))
  readonly #registrations = new Grants<Peer, RegistrationHold>((id) => this.#unregister(id))
  readonly #invocations = new Map<number, OpenInvocation>()
  /** The latest invocations that ended before their last chunk, which must not begin another one. */
  readonly #finished = new Set<number>()
  #last = 0
  #turn = 0

  /**
   * @param send sends to the router
   * @param details of WELCOME
   */
  constructor(send: (message: Message) => void, details: Dict) {
    this.#send = send
    this.#details = details
    this.#answersFirst = p.LIMITS in details
  }

  join(peer: Peer): void {
    this.#peers.set(peer, { calls: new Map(), lastRequest: 0, own: new OwnPublications() })
  }

  /** Ends what a peer has open: its calls are cancelled, its invocations answered with an error. */
  leave(peer: Peer): void {
    const state = this.#peers.get(peer)
    if (state === undefined) return
    this.#peers.delete(peer)
    for (const id of this.#registrations.heldBy(peer)) if (this.#registrations.release(id, peer) === 'ending') this.#unregister(id)
    for (const id of this.#subscriptions.heldBy(peer)) if (this.#subscriptions.release(id, peer) === 'ending') this.#unsubscribe(id)
    for (const request of state.calls.values()) this.#cancel(request)
    for (const [request, { callee }] of this.#invocations) {
      if (callee !== peer) continue
      this.#finish(request)
      this.#refuse(request, p.CANCELED, 'the callee left before it answered')
    }
  }

  /** Whether a peer's call with this request id is open. */
  isCalling(peer: Peer, request: number): boolean {
    return this.#peers.get(peer)?.calls.has(request) === true
  }

  /**
   * Sends a message of a peer.
   * @throws {PayloadError} when it cannot be sent; then nothing has changed
   */
  send(peer: Peer, message: Message): void {
    const state = this.#peers.get(peer)
    if (state === undefined) return
    switch (message.type) {
      case p.CALL:
        return this.#call(peer, state, message)
      case p.CANCEL:
        return this.#passCancel(state, message)
      case p.PUBLISH:
        return this.#publish(peer, state, message)
      case p.SUBSCRIBE:
        this.#request({ peer, message, isKeptFromPeer: false })
        return this.#subscriptions.asked(patternOf(message), peer)
      case p.REGISTER:
        this.#request({ peer, message, isKeptFromPeer: false })
        return this.#registrations.asked(patternOf(message), peer)
      case p.UNSUBSCRIBE:
        return this.#release(peer, message, this.#subscriptions.release(message.subscription, peer))
      case p.UNREGISTER:
        return this.#release(peer, message, this.#registrations.release(message.registration, peer))
      case p.YIELD:
      case p.ERROR:
        return this.#answerInvocation(peer, message)
      default:
        this.#send(message)
    }
  }

  /** Passes a message of the router to its peer. Returns false for one that is for no peer. */
  receive(message: Message): boolean {
    switch (message.type) {
      case p.EVENT:
        this.#event(message)
        return true
      case p.INVOCATION:
        this.#invocation(message)
        return true
      case p.INTERRUPT:
        return this.#interrupt(message.request, message)
      case p.UNSUBSCRIBED:
      case p.UNREGISTERED:
        return message.request === 0 ? this.#revoked(message) : this.#answer(message.request, message)
      case p.RESULT:
      case p.ERROR:
      case p.PUBLISHED:
      case p.SUBSCRIBED:
      case p.REGISTERED:
        return this.#answer(message.request, message)
      default:
        return false
    }
  }

  /** Sends a request with an id of the shared session, which is used up only when it could be sent. */
  #request(sent: Sent, message: Request = sent.message): number {
    const request = p.nextId(this.#last)
    this.#send({ ...message, request })
    this.#last = request
    this.#sent.set(request, sent)
    return request
  }

  #call(peer: Peer, state: PeerState, message: CallMessage): void {
    const open = state.calls.get(message.request)
    if (open !== undefined) return this.#send({ ...message, request: open })
    // A chunk whose call has just ended must not begin another one.
    if (message.request <= state.lastRequest) return
    const request = this.#request({ peer, message, isKeptFromPeer: false })
    state.lastRequest = message.request
    state.calls.set(message.request, request)
  }

  #passCancel({ calls }: PeerState, message: CancelMessage): void {
    const request = calls.get(message.request)
    if (request !== undefined) this.#send({ ...message, request })
  }

  #cancel(request: number): void {
    if (isAnnounced(this.#details, 'dealer', 'call_canceling')) this.#send({ type: p.CANCEL, request, options: { mode: 'killnowait' } })
  }

  /**
   * The router would exclude the whole session. So an event that other peers may get is published to all, and the publisher's
   * handlers are spared by the id of its publication.
   */
  #publish(peer: Peer, { own }: PeerState, message: PublishMessage): void {
    const { options, topic } = message
    const isAcknowledged = options['acknowledge'] === true
    const mayReachOthers = options['retain'] === true || this.#subscriptions.reachesOthers(peer, topic)
    const isKeptFromPeer = options['exclude_me'] !== false && mayReachOthers && isAnnounced(this.#details, 'broker', 'publisher_exclusion')
    if (isKeptFromPeer) {
      const open = { ...message, options: { ...options, acknowledge: true, exclude_me: false } }
      own.sent(this.#request({ peer, message, isKeptFromPeer }, open))
    } else if (isAcknowledged) this.#request({ peer, message, isKeptFromPeer })
    else {
      const request = p.nextId(this.#last)
      this.#send({ ...message, request })
      this.#last = request
    }
  }

  #release(peer: Peer, message: UnsubscribeMessage | UnregisterMessage, outcome: 'unknown' | 'held' | 'ending'): void {
    if (outcome === 'ending') return void this.#request({ peer, message, isKeptFromPeer: false })
    const { type, request } = message
    const isSubscription = type === p.UNSUBSCRIBE
    const answer: Message =
      outcome === 'held'
        ? { type: isSubscription ? p.UNSUBSCRIBED : p.UNREGISTERED, request, details: undefined }
        : errorOf(type, request, isSubscription ? p.NO_SUCH_SUBSCRIPTION : p.NO_SUCH_REGISTRATION)
    // Not in the turn of the request, as from a router.
    queueMicrotask(() => this.#deliver(peer, answer))
  }

  #answerInvocation(peer: Peer, message: YieldMessage | ErrorMessage): void {
    if (this.#invocations.get(message.request)?.callee !== peer) return
    this.#send(message)
    if (message.type === p.ERROR || message.options['progress'] !== true) this.#finish(message.request)
  }

  #answer(request: number, message: Extract<Message, { request: number }>): boolean {
    const sent = this.#sent.get(request)
    if (sent === undefined) return false
    const isProgress = message.type === p.RESULT && message.details['progress'] === true
    if (!isProgress) this.#sent.delete(request)
    const { peer, message: asked } = sent
    if (peer === undefined) {
      this.#ended(asked)
      return true
    }
    this.#note(peer, sent, message, isProgress)
    if (sent.isKeptFromPeer) {
      const publication = message.type === p.PUBLISHED ? message.publication : undefined
      for (const event of this.#peers.get(peer)?.own.answered(request, publication) ?? []) this.#deliver(peer, event)
    }
    const isAwaited = asked.type !== p.PUBLISH || asked.options['acknowledge'] === true
    if (isAwaited) this.#deliver(peer, { ...message, request: asked.request })
    return true
  }

  /** Notes what an answer means for later messages. */
  #note(peer: Peer, { message: asked }: Sent, answer: Message, isProgress: boolean): void {
    const state = this.#peers.get(peer)
    switch (asked.type) {
      case p.CALL:
        if (!isProgress) state?.calls.delete(asked.request)
        return
      case p.SUBSCRIBE:
        if (answer.type !== p.SUBSCRIBED) return this.#subscriptions.refused(patternOf(asked), peer)
        return this.#subscriptions.granted(patternOf(asked), peer, answer.subscription, state && ((before) => heldBy(asked, before)))
      case p.REGISTER:
        if (answer.type !== p.REGISTERED) return this.#registrations.refused(patternOf(asked), peer)
        return this.#registrations.granted(
          patternOf(asked),
          peer,
          answer.registration,
          state && (() => ({ invoke: asked.options['invoke'] })),
        )
      default:
        this.#ended(asked)
    }
  }

  #ended(asked: Request): void {
    if (asked.type === p.UNSUBSCRIBE) this.#subscriptions.forget(asked.subscription)
    if (asked.type === p.UNREGISTER) this.#registrations.forget(asked.registration)
  }

  #event(message: EventMessage): void {
    const { subscription, publication, details } = message
    // An event of a subscription that has just ended was in flight.
    for (const [peer, hold] of [...(this.#subscriptions.get(subscription)?.holders ?? [])]) {
      if (details['retained'] === true && !takesRetained(hold, publication)) continue
      const own = this.#peers.get(peer)?.own
      const passes = this.#answersFirst ? own?.passes(message) : own?.passesInAnyOrder(message, this.#last)
      if (passes === true) this.#deliver(peer, message)
    }
  }

  #invocation(message: InvocationMessage): void {
    const { request, registration, details } = message
    const isReceiving = details['progress'] === true
    if (this.#finished.has(request)) {
      if (!isReceiving) this.#finished.delete(request)
      return
    }
    const callee = this.#invocations.get(request)?.callee ?? this.#calleeOf(registration)
    if (callee === undefined) return this.#refuse(request, p.NO_SUCH_REGISTRATION, 'the callee has just left')
    this.#invocations.set(request, { callee, isReceiving })
    this.#deliver(callee, message)
  }

  #finish(invocation: number): void {
    if (this.#invocations.get(invocation)?.isReceiving === true) remember(this.#finished, invocation)
    this.#invocations.delete(invocation)
  }

  /** The router counts the session as one callee, so the peers of a shared registration take turns here. */
  #calleeOf(registration: number): Peer | undefined {
    const holders = [...(this.#registrations.get(registration)?.holders ?? [])]
    const invoke = holders[0]?.[1].invoke
    const at = invoke === 'first' ? 0 : invoke === 'last' ? -1 : this.#turn++ % holders.length
    return holders.at(at)?.[0]
  }

  #interrupt(request: number, message: Extract<Message, { type: typeof p.INTERRUPT }>): boolean {
    const callee = this.#invocations.get(request)?.callee
    // The callee sends no answer then.
    if (message.options['mode'] === 'killnowait') this.#finish(request)
    if (callee !== undefined) this.#deliver(callee, message)
    return callee !== undefined
  }

  #revoked(message: Extract<Message, { type: typeof p.UNSUBSCRIBED | typeof p.UNREGISTERED }>): boolean {
    const isSubscription = message.type === p.UNSUBSCRIBED
    const grants = isSubscription ? this.#subscriptions : this.#registrations
    const id = message.details?.[isSubscription ? 'subscription' : 'registration']
    const holders = typeof id === 'number' ? [...(grants.get(id)?.holders.keys() ?? [])] : []
    if (typeof id === 'number') grants.forget(id)
    for (const peer of holders) this.#deliver(peer, message)
    return holders.length > 0
  }

  #unsubscribe(subscription: number): void {
    this.#request({
      peer: undefined,
      message: { type: p.UNSUBSCRIBE, request: 0, subscription, options: undefined },
      isKeptFromPeer: false,
    })
  }

  #unregister(registration: number): void {
    this.#request({ peer: undefined, message: { type: p.UNREGISTER, request: 0, registration, options: undefined }, isKeptFromPeer: false })
  }

  #refuse(invocation: number, error: string, text: string): void {
    this.#send(errorOf(p.INVOCATION, invocation, error, text))
  }

  #deliver(peer: Peer, message: Message): void {
    if (this.#peers.has(peer)) peer.receive(message)
  }
}

/** An ERROR for a request. */
export function errorOf(requestType: number, request: number, error: string, text?: string): ErrorMessage {
  const payload = text === undefined ? undefined : p.Payload.fromValues([text])
  return { type: p.ERROR, requestType, request, details: p.EMPTY_DICT, error, payload }
}

function patternOf(message: SubscribeMessage | RegisterMessage): Pattern {
  return { uri: message.type === p.SUBSCRIBE ? message.topic : message.procedure, match: p.matchPolicy(message.options) }
}

/** Asked anew, retained events come anew. */
function heldBy({ options }: SubscribeMessage, before: SubscriptionHold | undefined): SubscriptionHold {
  return options['get_retained'] === true ? { retained: new Set() } : (before ?? { retained: undefined })
}

/** Retained events come to the whole session when one peer asks for them. */
function takesRetained({ retained }: SubscriptionHold, publication: number): boolean {
  if (retained === undefined || retained.has(publication)) return false
  remember(retained, publication)
  return true
}
