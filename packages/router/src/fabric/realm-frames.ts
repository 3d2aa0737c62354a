// What other nodes tell of one realm, frame by frame. Each frame goes to the part that knows what it means.

import { EMPTY_DICT, owned } from '@trunkline/protocol'
import type { NodeQuestion, Realm, SharedPublication } from '../core/index.ts'
import type {
  AskFrame,
  ClaimFrame,
  DefineFrame,
  Frame,
  InterestFrame,
  JoinFrame,
  MissedFrame,
  PubFrame,
  RetainedDigestFrame,
  SentPublication,
  TestamentFrame,
} from './frames.ts'
import type { Endings } from './endings.ts'
import type { Interest } from './interest.ts'
import type { FrameGroup } from './paged-link.ts'
import type { PresentSession, Presence } from './presence.ts'
import type { Questions } from './questions.ts'
import type { RemoteNode } from './remote-node.ts'
import type { Stamps } from './stamps.ts'

/** What frames of other nodes change, or ask. */
export interface FrameTargets {
  readonly realm: Realm
  /** The number by which this node names the realm. */
  readonly number: number
  readonly life: number
  readonly interest: Interest<RemoteNode>
  readonly endings: Endings
  readonly presence: Presence
  readonly questions: Questions
  readonly stamps: Stamps
}

export class RealmFrames {
  readonly #targets: FrameTargets

  constructor(targets: FrameTargets) {
    this.#targets = targets
  }

  /** Takes in a frame of a node. */
  receive(node: RemoteNode, frame: Frame): void {
    const { presence, questions, realm, stamps } = this.#targets
    const { others } = realm
    switch (frame.type) {
      case 'pub':
        return this.#published(frame)
      case 'interest':
        return this.#interested(node, frame)
      case 'shares':
        return this.#targets.interest.shares(frame, node)
      case 'join':
        return this.#joined(node, frame)
      case 'leave':
        return this.#left(node, frame.session)
      case 'claim':
        return this.#claimed(node, frame)
      case 'testament':
        return this.#bequeathed(node, frame)
      case 'forget_testaments': {
        const session = presence.sessions.get(frame.session)
        return session && others.forgetTestaments(session, frame.scope)
      }
      case 'define':
        return this.#defined(frame)
      case 'clear_retained':
        stamps.saw(frame.stamp)
        return void others.clear(frame.match, frame.uri, frame.stamp)
      case 'retained_digest':
        return this.#compareRetained(node, frame)
      case 'missed':
        return this.#missed(frame)
      case 'kill':
        return others.kill(frame.session, frame.reason, frame.message, frame.isQuiet)
      case 'revoke':
        return others.revoke(frame.kind, frame.id, frame.session, frame.reason)
      case 'ask':
        return this.#asked(node, frame)
      case 'answer':
        return questions.answered(node.link, frame.ref, frame.answer)
      case 'unclaim':
      case 'lost':
      case 'invoke':
      case 'chunk':
      case 'interrupt':
      case 'end':
      case 'result':
      case 'fail':
      case 'bounce':
        return node.sessions.receive(frame)
      // For the node as a whole, or nothing to do with yet.
      case 'realm':
      case 'settings':
      case 'synced':
      case 'draining':
        return
    }
  }

  #published({ publication }: PubFrame): void {
    if (publication.retained !== undefined) this.#targets.stamps.saw(publication.retained.stamp)
    this.#targets.realm.broker.publishForeign(sharedOf(publication))
  }

  #interested(node: RemoteNode, { subscription: id, match, uri, created, ended, sharers }: InterestFrame): void {
    const { interest, endings, realm, stamps } = this.#targets
    if (ended === undefined) {
      interest.add({ id, match, uri, node, created, sharers })
      return realm.broker.existsElsewhere(match, uri, created)
    }
    stamps.saw(ended)
    interest.remove(match, uri, node)
    endings.endedElsewhere(match, uri, ended, node.name)
  }

  /** Events say that sessions which were there when the link came up have joined: those of their own node did not reach subscribers here. */
  #joined({ name, isKnown }: RemoteNode, frame: JoinFrame): void {
    const { presence, realm } = this.#targets
    presence.join(name, frame)
    const session = presence.sessions.get(frame.session)
    if (!isKnown && session !== undefined) realm.others.returned(session)
  }

  #missed({ life, topics, others }: MissedFrame): void {
    // An earlier process of this name has missed it.
    if (life !== this.#targets.life) return
    const { broker } = this.#targets.realm
    for (const { topic, events } of topics) broker.missedElsewhere(topic, events)
    if (others > 0) broker.missedElsewhere(undefined, others)
  }

  #left(node: RemoteNode, id: number): void {
    const session = this.#targets.presence.sessions.get(id)
    this.#targets.presence.leave(node.name, id)
    if (session !== undefined) this.#targets.realm.others.left(session)
  }

  /** Each time that a node is lost its testaments are other publications, the same ones on all nodes that have lost it as often. */
  #bequeathed({ losses }: RemoteNode, { session: of, scope, publication }: TestamentFrame): void {
    const session = this.#targets.presence.sessions.get(of)
    const { payload, ...rest } = sharedOf(publication)
    const id = (rest.id + losses) % ID_RANGE || 1
    if (session !== undefined) this.#targets.realm.others.testament(session, scope, { ...rest, id, payload: owned(payload) })
  }

  #defined({ session: id, kind, uri, stamp, payload }: DefineFrame): void {
    this.#targets.stamps.saw(stamp)
    const session = this.#targets.presence.sessions.get(id)
    if (session !== undefined) this.#targets.realm.others.define(session, { kind, uri, stamp, payload: owned(payload) })
  }

  #asked({ link }: RemoteNode, { ref, question, arguments: args }: AskFrame): void {
    const { realm, number } = this.#targets
    realm.others.answer(question as NodeQuestion, args, (answer) => void link.send({ type: 'answer', realm: number, ref, answer }))
  }

  /** Two nodes that keep other events each send the other all that they keep, and have cleared: the newer ones stay. */
  #compareRetained({ link }: RemoteNode, { digest, isAsking }: RetainedDigestFrame): void {
    const { realm, number } = this.#targets
    if (digest === realm.broker.retained.digest) return
    link.tell(retainedIn(realm, number, isAsking))
  }

  #claimed(node: RemoteNode, frame: ClaimFrame): void {
    const session = this.#targets.presence.sessions.get(frame.session)
    if (session !== undefined) node.sessions.claim(frame, factsOf(frame.realm, session))
  }
}

const ID_RANGE = 2 ** 53

/** What a realm retains and has cleared, and its digest for a node that asks for it. */
function* retainedIn({ broker }: Realm, number: number, isAsked: boolean): Generator<FrameGroup> {
  for (const { match, uri, stamp } of broker.retained.cleared) yield [{ type: 'clear_retained', realm: number, match, uri, stamp }]
  for (const publication of broker.sharedRetained()) yield [{ type: 'pub', realm: number, publication }]
  if (isAsked) yield [{ type: 'retained_digest', realm: number, digest: broker.retained.digest, isAsking: false }]
}

/** No details take no octets in a frame. */
function sharedOf(publication: SentPublication): SharedPublication {
  const { details = EMPTY_DICT } = publication
  return { ...publication, details }
}

/** What the JOIN of a session said. */
function factsOf(realm: number, { id: session, identity, transport, features }: PresentSession): JoinFrame {
  const { authid, authrole, authmethod, authprovider } = identity
  return { type: 'join', realm, session, authid, authrole, authmethod, authprovider, transport, features }
}
