// The sessions that stand in a realm for those of one other node: one for the node as a caller, and one for each of its callees. They
// speak the frames of claims and calls. A call has a number of its own on each way of a link, its `ref`: that of its INVOCATION, which all
// callees of a node share.

import type { Dict, InterruptMessage, InvocationMessage, Message, PayloadFormat, ProtocolError } from '@trunkline/protocol'
import { CALL, EMPTY_DICT, ERROR, INTERRUPT, INVOCATION, Payload, RESULT, uris, YIELD } from '@trunkline/protocol'
import type { Numbering, OtherNode, Realm, Session, SessionProfile } from '../core/index.ts'
import type { InvokingCaller, Link, Scheduler, SendOutcome, ShareOwner, TransportInfo } from '../core/ports/index.ts'
import type { Paced } from './pacing.ts'
import type {
  BounceFrame,
  ChunkFrame,
  ClaimFrame,
  EndFrame,
  FailFrame,
  InterruptFrame,
  InvokeFrame,
  JoinFrame,
  LostFrame,
  ResultFrame,
  UnclaimFrame,
} from './frames.ts'

/** Frames that {@link RemoteSessions} sends; CLAIM, UNCLAIM and LOST are the realm's ({@link RealmCluster}). */
export type CallFrame = InvokeFrame | ChunkFrame | InterruptFrame | EndFrame | ResultFrame | FailFrame | BounceFrame
/** Frames that it takes, besides CLAIM. */
export type TakenFrame = UnclaimFrame | LostFrame | CallFrame

/** What the sessions of a node need. */
export interface NodeLink {
  readonly node: OtherNode
  readonly realm: Realm
  /** The number of the realm on the link. */
  readonly number: number
  /** The serializer of the realm's own sessions. */
  readonly format: PayloadFormat
  readonly scheduler: Scheduler
  /**
   * Queues a frame. Its payload holds during the call only.
   * @param isOffer false is returned where the link has no room for it
   * @param owner the number of the owner to whose share of the link it counts
   */
  send(frame: CallFrame, isOffer: boolean, owner: number): boolean
  /** Lets a session wait while much of its owner is on its way. */
  pace(owner: number, session: Paced): void
  /** The number by which this node names an owner. */
  numberOf(owner: string | undefined): number
}

const IDENTITY = { authid: 'trunkline', authrole: 'trunkline', authmethod: 'internal', authprovider: 'internal' }
const TRANSPORT: TransportInfo = { kind: 'local', peer: 'node', isSecure: true }
const CALLER: SessionProfile = {
  identity: IDENTITY,
  roles: ['caller', 'caller.call_canceling', 'caller.progressive_call_results', 'caller.payload_passthru_mode'],
  transport: TRANSPORT,
  isInternal: true,
}
/** The id of the session of a node. */
const NODE_SESSION = -1

export class RemoteSessions {
  readonly #link: NodeLink
  /** The node as a caller. */
  readonly #caller: Session
  readonly #callees = new Map<number, CalleeLink>()
  /** The open calls to callees of the node, by ref. */
  readonly #open = new Map<number, CalleeLink>()
  readonly #numbering: Numbering = { lastInvocation: 0 }
  /** Calls whose answers have no use any more; END of each is sent in the next turn. */
  #ended: number[] = []
  #isDown = false

  constructor(link: NodeLink) {
    this.#link = link
    this.#caller = link.realm.others.open(new CallerLink(link.format, this), CALLER, NODE_SESSION)
  }

  /** The sessions of the callees. */
  get callees(): readonly Session[] {
    return [...this.#callees.values()].map(({ session }) => session)
  }

  /** How many calls are open to callees of the node, and from it. The other node has the same numbers when nothing is under way. */
  get openCalls(): { readonly to: number; readonly from: number } {
    return { to: this.#open.size, from: this.#caller.calls.size }
  }

  /** A callee of the node claims its place. @param joined what the node said of the session */
  claim(frame: ClaimFrame, joined: JoinFrame): void {
    const { registration, match, uri, invoke, stamp, standing, wantsCaller, keepsTime, share } = frame
    const link = this.#calleeOf(joined)
    const claim = { registration, match, uri, invoke, stamp, standing, wantsCaller, keepsTime, share }
    this.#link.realm.dealer.claims.add(link.session, this.#link.node, claim)
    this.#dropIfUnused(link)
  }

  /** Takes a frame of the node. Its payload is used during the call only. */
  receive(frame: TakenFrame): void {
    const { realm } = this.#link
    const { claims, calls } = realm.dealer
    switch (frame.type) {
      case 'unclaim':
        return this.#unclaim(frame)
      case 'lost': {
        const session = realm.sessions.get(frame.session)
        if (session !== undefined) claims.lose(session, frame.registration, frame.stamp, frame.before)
        return
      }
      case 'invoke':
        return this.#invoke(frame)
      case 'chunk':
        return calls.foreign.chunk(this.#caller, { request: frame.ref, details: frame.details ?? EMPTY_DICT, payload: frame.payload })
      case 'interrupt':
        return calls.foreign.interrupt(this.#caller, frame.ref, frame.options)
      case 'end':
        return calls.foreign.abandon(this.#caller, frame.ref)
      case 'result':
      case 'fail':
      case 'bounce':
        return this.#answer(frame)
    }
  }

  /** The node is about to stop: its callees are called where there are no others. */
  drain(): void {
    this.#link.node.isDraining = true
    this.#link.realm.dealer.claims.followNodes()
  }

  /**
   * The link is down: the callees leave, and open calls to them end with an error; the node leaves as a caller.
   * @param untaken calls that the node has not taken in, for certain: other callees may take them
   */
  lose(untaken: readonly InvokeFrame[] = []): void {
    const { dealer } = this.#link.realm
    this.#isDown = true
    const leaving = [...this.callees, this.#caller]
    for (const session of leaving) session.isMember = false
    if (untaken.length > 0) for (const session of leaving) dealer.withdraw(session)
    for (const { ref, payload } of untaken) {
      const link = this.#open.get(ref)
      if (link !== undefined) dealer.calls.bounced(link.session, ref, payload, 'gone')
    }
    for (const session of leaving) dealer.leave(session, uris.NETWORK_FAILURE)
    this.#callees.clear()
    this.#open.clear()
  }

  /** @internal The number of the realm on the link. */
  get number(): number {
    return this.#link.number
  }

  /** @internal Queues a frame. @param isOffer it may be refused: payloads of many calls must not fill the link of all */
  send(frame: CallFrame, isOffer = false, owner = 0): SendOutcome {
    if (this.#isDown) return 'closed'
    return this.#link.send(frame, isOffer, owner) || !isOffer ? 'queued' : 'full'
  }

  /** @internal Lets a caller wait while much of its owner is on its way. */
  pace(owner: number, caller: Paced): void {
    if (!this.#isDown && owner !== 0) this.#link.pace(owner, caller)
  }

  /** @internal The number by which this node names an owner. */
  numberOf(owner: string | undefined): number {
    return this.#link.numberOf(owner)
  }

  /** @internal Whether a call is open that begins with this INVOCATION. */
  isOpen(ref: number): boolean {
    return this.#open.has(ref)
  }

  /** @internal A call was sent. */
  open(link: CalleeLink, ref: number): void {
    link.calls++
    this.#open.set(ref, link)
  }

  /** @internal A call is over for both nodes. */
  close(link: CalleeLink, ref: number): void {
    this.#open.delete(ref)
    link.calls--
    if (link.calls === 0) this.#dropIfUnused(link)
  }

  /** @internal A call is over for its caller. The INTERRUPT that says more than END follows in the same turn, if at all. */
  endLater(ref: number): void {
    if (this.#isDown || !this.#open.has(ref)) return // It was answered.
    if (this.#ended.push(ref) === 1) this.#link.scheduler.defer(() => this.#sendEnds())
  }

  /** @internal Gives a call back with its payload; where the link has no room for that, the call ends, since no other callee could get it. */
  giveBack({ ref, isFull, payload }: Pick<BounceFrame, 'ref' | 'isFull' | 'payload'>, owner: ShareOwner | undefined): void {
    const { number: realm } = this.#link
    if (this.send({ type: 'bounce', realm, ref, isFull, payload }, true, ofOther(owner)) !== 'full') return
    const why = Payload.fromValues(['the call did not reach its callee, and the link between the nodes had no room to give it back'])
    this.send({ type: 'fail', realm, ref, hasLeft: false, error: uris.UNAVAILABLE, details: undefined, payload: why })
  }

  #sendEnds(): void {
    const ended = this.#ended
    this.#ended = []
    for (const ref of ended) {
      const link = this.#open.get(ref)
      if (link === undefined) continue // Answered or interrupted meanwhile.
      this.close(link, ref)
      this.send({ type: 'end', realm: this.#link.number, ref })
    }
  }

  #unclaim({ session, registration, isEnd, before }: UnclaimFrame): void {
    const link = this.#callees.get(session)
    if (link === undefined) return // It had lost its place here before.
    this.#link.realm.dealer.claims.remove(link.session, registration, { isEnd, before }, () => this.#dropIfUnused(link))
  }

  #invoke({ session, ref: request, ...invoked }: InvokeFrame): void {
    const { realm } = this.#link
    const { registration, isStream, takesPassthru, owner, details = EMPTY_DICT, payload } = invoked
    const callee = realm.sessions.get(session)
    const invocation = { request, registration, isStream, takesPassthru, owner, details, payload }
    const why = callee === undefined ? 'gone' : realm.dealer.calls.foreign.open(this.#caller, callee, invocation)
    if (why !== undefined) this.giveBack({ ref: request, isFull: why === 'full', payload }, owner)
  }

  #answer(frame: ResultFrame | FailFrame | BounceFrame): void {
    const { realm } = this.#link
    const { calls } = realm.dealer
    const { ref, payload } = frame
    const link = this.#open.get(ref)
    if (link === undefined) return calls.foreign.noteLate()
    const { session } = link
    if (frame.type === 'bounce') {
      this.close(link, ref)
      return calls.bounced(session, ref, payload, frame.isFull ? 'full' : 'gone')
    }
    const { details = EMPTY_DICT } = frame
    if (frame.type === 'result') {
      if (details === EMPTY_DICT || details['progress'] !== true) this.close(link, ref)
      return realm.receive(session, { type: YIELD, request: ref, options: details, payload })
    }
    this.close(link, ref)
    if (frame.hasLeft) return calls.calleeLeft(session, ref)
    const { error } = frame
    realm.receive(session, { type: ERROR, requestType: INVOCATION, request: ref, details, error, payload })
  }

  #calleeOf({ session: id, authid, authrole, authmethod, authprovider, transport, features: roles }: JoinFrame): CalleeLink {
    const known = this.#callees.get(id)
    if (known !== undefined) return known
    const identity = { authid, authrole, authmethod, authprovider }
    const profile = { identity, roles, transport: { ...TRANSPORT, kind: transport as TransportInfo['kind'] } }
    const link = new CalleeLink(this.#link.format, this, (of) => this.#link.realm.others.open(of, profile, id, this.#numbering))
    this.#callees.set(id, link)
    return link
  }

  /** Without a place and without calls nothing refers to it any more. */
  #dropIfUnused({ session, calls }: CalleeLink): void {
    const { successors } = this.#link.realm.dealer.claims
    if (session.registrations.size === 0 && calls === 0 && !successors.has(session)) this.#callees.delete(session.id)
  }
}

/** What both have that only the links of clients need. */
class SilentLink {
  readonly format: PayloadFormat

  constructor(format: PayloadFormat) {
    this.format = format
  }

  sendEvent(): SendOutcome {
    return 'closed'
  }

  abort(error: ProtocolError): void {
    throw error // The other node has checked what its sessions send.
  }

  goodbye(): void {
    // The session stays with its own node.
  }

  answerGoodbye(): void {
    // No GOODBYE crosses nodes.
  }
}

/** Takes what the realm sends to a callee of the other node. */
class CalleeLink extends SilentLink implements Link {
  readonly session: Session
  /** How many calls are open. */
  calls = 0
  readonly #sessions: RemoteSessions

  constructor(format: PayloadFormat, sessions: RemoteSessions, open: (link: Link) => Session) {
    super(format)
    this.#sessions = sessions
    this.session = open(this)
  }

  send(message: Message, _isOffer?: boolean, owner?: ShareOwner): SendOutcome {
    if (message.type === INVOCATION) return this.#continue(message, owner)
    if (message.type === INTERRUPT) this.#interrupt(message)
    return 'queued'
  }

  callEnded(invocation: number): void {
    this.#sessions.endLater(invocation)
  }

  invoke({ request: ref, registration, details: given, payload }: InvocationMessage, caller: InvokingCaller): SendOutcome {
    const sessions = this.#sessions
    const { takesPassthru, share } = caller
    const owner = sessions.numberOf(share)
    const details = detailsOf(given)
    const { number: realm } = sessions
    const isStream = details !== undefined && details['progress'] === true
    const { id: session } = this.session
    const frame: InvokeFrame = { type: 'invoke', realm, ref, session, registration, isStream, takesPassthru, owner, details, payload }
    const outcome = sessions.send(frame, true, owner)
    if (outcome === 'queued') sessions.open(this, ref)
    sessions.pace(owner, caller.link)
    return outcome
  }

  #continue({ request: ref, details, payload }: InvocationMessage, owner: ShareOwner | undefined): SendOutcome {
    const sessions = this.#sessions
    const caller = typeof owner === 'object' ? owner : undefined
    const number = sessions.numberOf(caller?.share)
    const outcome = sessions.send({ type: 'chunk', realm: sessions.number, ref, details: detailsOf(details), payload }, true, number)
    if (caller !== undefined) sessions.pace(number, caller.link)
    return outcome
  }

  #interrupt({ request: ref, options }: InterruptMessage): void {
    const sessions = this.#sessions
    if (!sessions.isOpen(ref)) return
    sessions.send({ type: 'interrupt', realm: sessions.number, ref, options })
    if (options['mode'] !== 'kill') sessions.close(this, ref)
  }
}

/** Takes the answers to calls of the other node. */
class CallerLink extends SilentLink implements Link {
  readonly #sessions: RemoteSessions

  constructor(format: PayloadFormat, sessions: RemoteSessions) {
    super(format)
    this.#sessions = sessions
  }

  send(message: Message, isOffer?: boolean, owner?: ShareOwner): SendOutcome {
    const { number: realm } = this.#sessions
    if (message.type === RESULT) {
      const { request: ref, payload } = message
      return this.#sessions.send({ type: 'result', realm, ref, details: detailsOf(message.details), payload }, true, ofOther(owner))
    }
    if (message.type === ERROR && message.requestType === CALL) {
      const { request: ref, error, payload } = message
      const details = detailsOf(message.details)
      return this.#sessions.send({ type: 'fail', realm, ref, hasLeft: false, error, details, payload }, isOffer, ofOther(owner))
    }
    return 'queued'
  }

  giveBack(ref: number, payload: Payload | undefined, owner?: ShareOwner): void {
    this.#sessions.giveBack({ ref, isFull: false, payload }, owner)
  }

  calleeLeft(ref: number): void {
    const { number: realm } = this.#sessions
    this.#sessions.send({ type: 'fail', realm, ref, hasLeft: true, error: uris.CANCELED, details: undefined, payload: undefined })
  }
}

/** An owner of the other node, whose answers go back there: never one of this node. */
function ofOther(owner: ShareOwner | undefined): number {
  return typeof owner === 'number' ? -owner : 0
}

function detailsOf(details: Dict): Dict | undefined {
  return details === EMPTY_DICT ? undefined : details
}
