// The broker by the letter of the protocol: which sessions are subscribed to what, and which must get a publication.

import { AtLeast, Hole, OneOf, Ref, REST, TEXT } from './expectation.ts'
import { remember } from './history.ts'
import { retain, retainedFor } from './retention.ts'
import type { ModelContext, ModelKept, ModelRealm, ModelSession, ModelSubscription, Place } from './state.ts'
import { ERRORS, needsBinary } from './state.ts'
import type { SlowPolicy } from '../settings.ts'
import type { Match } from './uris.ts'
import { isReserved, isValid, matches } from './uris.ts'

type Options = Readonly<Record<string, unknown>>

const REPLY: Place = { lane: 'reply', rank: 0 }

/** The topic of notices of missed events. */
const ON_GAP = 'trunkline.session.on_gap'
const COUNT = new Hole('count', (value) => Number.isInteger(value) && (value as number) > 0)

/** The details name the limit. */
export const LIMITED = new AtLeast({ limit: TEXT })

export class ModelBroker {
  readonly #context: ModelContext
  /** Of sessions that end together what those that ended had: they may get what others of other nodes cause. */
  #former: { readonly subscription: ModelSubscription; readonly member: ModelSession }[] = []

  constructor(context: ModelContext) {
    this.#context = context
  }

  subscribe(session: ModelSession, request: number, options: Options, topic: string): void {
    const { realm } = session
    const match = (options['match'] ?? 'exact') as Match
    const refuse = (error: unknown): void => this.#context.send(session, [8, 32, request, {}, error, REST], REPLY)
    const verdict = this.#context.allows(session, 'subscribe', topic, match)
    const denial = denialOf(isValid(topic, match), verdict, match)
    if (denial !== undefined) return refuse(denial)
    let subscription = realm.subscriptions.find((each) => each.uri === topic && each.match === match)
    if (subscription?.members.includes(session) !== true) {
      const isFull = session.subscriptions.length >= realm.plan.subscriptions
      if (isFull) return this.#context.send(session, [8, 32, request, LIMITED, ERRORS.limit, REST], REPLY)
      subscription = this.#attach(session, topic, match, subscription)
    }
    this.#context.send(session, [33, request, subscription.id], REPLY)
    if (options['get_retained'] === true) this.#sendRetained(session, subscription)
  }

  /** The router revokes a subscription; a session that announced the feature is notified. */
  revoke(member: ModelSession, subscription: ModelSubscription, reason: unknown): void {
    if (member.features.includes('subscriber.subscription_revocation')) {
      const details = { subscription: subscription.id, ...(reason === undefined ? {} : { reason }) }
      this.#context.send(member, [35, 0, details], REPLY)
    }
    this.#detach(member, subscription)
  }

  #sendRetained(session: ModelSession, subscription: ModelSubscription): void {
    const mayHave = ({ publisher, options }: ModelKept): boolean => mayReceive(session, publisher, options)
    for (const { topic, publication, details, payload, isHard } of retainedFor(subscription, session, this.#context.now(), mayHave)) {
      const marked = { ...details, retained: true, ...(subscription.match === 'exact' ? {} : { topic }) }
      const place = { lane: 'retained', rank: this.#context.next() }
      this.#deliver(subscription, session, { publication, details: marked, payload, isHard, topic }, place)
    }
  }

  unsubscribe(session: ModelSession, request: number, id: number): void {
    const subscription = session.subscriptions.find((each) => each.id.value === id)
    if (subscription === undefined) return this.#context.send(session, [8, 34, request, {}, ERRORS.noSuchSubscription, REST], REPLY)
    this.#detach(session, subscription)
    this.#context.send(session, [35, request], REPLY)
  }

  publish(session: ModelSession, { request, options, topic, payload }: Publication): void {
    const { realm } = session
    const isAcknowledged = options['acknowledge'] === true
    const lane = `events of ${session.peer.index}`
    const answer = (message: readonly unknown[]): void => {
      if (isAcknowledged) this.#context.send(session, message, { lane, rank: this.#context.next() })
    }
    const refuse = (error: unknown): void => answer([8, 16, request, {}, error, REST])
    const isGood = isValid(topic, 'exact') && !isReserved(topic)
    const denial = denialOf(isGood, this.#context.allows(session, 'publish', topic, 'exact'))
    if (denial !== undefined) return refuse(denial)
    const isDisclosed = options['disclose_me'] === true
    if (isDisclosed && !realm.plan.allowsDisclosure) return refuse(ERRORS.disclosure)

    const receivers: { readonly subscription: ModelSubscription; readonly member: ModelSession }[] = []
    for (const subscription of realm.subscriptions) {
      if (!matches(subscription.match, subscription.uri, topic)) continue
      for (const member of subscription.members) if (mayReceive(member, session, options)) receivers.push({ subscription, member })
    }
    for (const one of this.#formerElsewhere)
      if (matches(one.subscription.match, one.subscription.uri, topic) && mayReceive(one.member, session, options)) receivers.push(one)
    const isHard = needsBinary(payload)
    // Which serializers subscribers on other nodes have the publisher's node does not know.
    const isHardFor = ({ peer }: ModelSession): boolean => peer.serializer === 'json' && this.#context.areTogether(peer, session.peer)
    if (isHard && isAcknowledged && receivers.some(({ member }) => isHardFor(member))) return refuse(ERRORS.invalidArgument)
    const publication = new Ref('publication')
    answer([17, request, publication])
    const rank = this.#context.next()
    const disclosed = isDisclosed ? identityOf(session, 'publisher') : {}
    const [time, keptAt] = [this.#context.date(), this.#context.now()]
    const kept = { topic, publication, details: disclosed, payload, options, publisher: session, isHard, time, keptAt }
    if (options['retain'] === true) retain(realm, kept)
    remember(realm, kept)
    for (const { subscription, member } of receivers) {
      const details = { ...(subscription.match === 'exact' ? {} : { topic }), ...disclosed }
      this.#deliver(subscription, member, { publication, details, payload, isHard, topic }, { lane, rank })
    }
  }

  /** A publication of the router itself. */
  announce(realm: ModelRealm, topic: string, args: readonly unknown[], place: Place): void {
    const publication = new Ref('publication')
    const former = this.#formerElsewhere.map(({ subscription, member }) => ({ subscription, members: [member] }))
    const receivers = [...realm.subscriptions.map((subscription) => ({ subscription, members: [...subscription.members] })), ...former]
    for (const { subscription, members } of receivers) {
      const isNamed = subscription.uri === 'wamp' || subscription.uri.startsWith('wamp.')
      if (!isNamed || !matches(subscription.match, subscription.uri, topic)) continue
      const details = subscription.match === 'exact' ? {} : { topic }
      const event = { publication, details, payload: [args], isHard: false, topic }
      for (const member of members) this.#deliver(subscription, member, event, place)
    }
  }

  /** Notifies subscribers of the topic of notices that they missed events, if no event reported that in time. */
  notifyOfGaps(realm: ModelRealm): void {
    const { outlet } = this.#context
    const notices = realm.subscriptions.find(({ uri, match }) => uri === ON_GAP && match === 'exact')
    for (const member of notices?.members ?? []) {
      for (const subscription of member.subscriptions) {
        const verdict = outlet.mustNotify(member.peer, subscription)
        if (notices === undefined || verdict === false) continue
        const notice = [36, notices.id, new Ref('publication'), {}, [subscription.id, subscription.uri, COUNT]]
        const rank = this.#context.next()
        const place = { lane: `gap ${rank}`, rank, isOptional: verdict === 'either' }
        this.#context.send(member, notice, place, { subscription: notices, topic: ON_GAP, policy: 'disconnect', noticeOf: subscription })
      }
    }
  }

  leave(session: ModelSession): void {
    const isAmongMany = this.#context.dying().includes(session)
    for (const subscription of session.subscriptions) {
      this.#detach(session, subscription)
      if (isAmongMany) this.#former.push({ subscription, member: session })
    }
  }

  get #formerElsewhere(): readonly { readonly subscription: ModelSubscription; readonly member: ModelSession }[] {
    return this.#former.filter(({ member }) => this.#context.mayBeGone(member))
  }

  /** All that ended together have ended. */
  forgetDying(): void {
    this.#former = []
  }

  #attach(session: ModelSession, uri: string, match: Match, existing: ModelSubscription | undefined): ModelSubscription {
    const { realm } = session
    const created = this.#context.date()
    const subscription: ModelSubscription = existing ?? {
      id: this.#context.idOf('subscription', realm.plan.name, { match, uri }),
      uri,
      match,
      created,
      members: [],
    }
    const isSilent = isReserved(uri)
    const place = (): Place => ({ lane: this.#context.laneOf(`subscription ${match} ${uri}`, session), rank: this.#context.next() })
    if (existing === undefined) {
      const details = { id: subscription.id, created: isoTime(created), uri, match }
      if (!isSilent) this.#context.announce(realm, 'wamp.subscription.on_create', [session.id, details], place())
      realm.subscriptions.push(subscription)
    }
    // The session that causes a meta event gets it too, unless it is this very subscription.
    if (!isSilent) this.#context.announce(realm, 'wamp.subscription.on_subscribe', [session.id, subscription.id], place())
    subscription.members.push(session)
    session.subscriptions.push(subscription)
    return subscription
  }

  #detach(session: ModelSession, subscription: ModelSubscription): void {
    const { realm } = session
    subscription.members = subscription.members.filter((each) => each !== session)
    session.subscriptions = session.subscriptions.filter((each) => each !== subscription)
    this.#context.outlet.forget(session.peer, subscription)
    const isSilent = isReserved(subscription.uri)
    const lane = this.#context.laneOf(`subscription ${subscription.match} ${subscription.uri}`, session)
    const announce = (event: string, who: unknown, more: Partial<Place> = {}): void => {
      const place = { lane, rank: this.#context.next(), ...more }
      if (!isSilent) this.#context.announce(realm, `wamp.subscription.${event}`, [who, subscription.id], place)
    }
    announce('on_unsubscribe', session.id)
    if (subscription.members.length > 0 || realm.histories.some((history) => history.subscription === subscription)) return
    realm.subscriptions = realm.subscriptions.filter((each) => each !== subscription)
    const others = this.#former.filter((each) => each.subscription === subscription && this.#context.mayBeGone(each.member))
    if (others.length === 0) return announce('on_delete', session.id)
    // The last of another node may have been the last; and where each node still knew of the other, none of them says so.
    const who = new OneOf(session.id, ...others.map(({ member }) => member.id))
    announce('on_delete', who, { lane: `end of ${subscription.match} ${subscription.uri}`, isOptional: true })
  }

  #deliver(
    subscription: ModelSubscription,
    member: ModelSession,
    { publication, details, payload, isHard, topic }: ModelEvent,
    place: Place,
  ): void {
    const event = [36, subscription.id, publication, details, ...payload]
    const { outlet } = this.#context
    const isTooLarge = outlet.measure(member.peer, event).least > member.peer.maxBytes
    if (outlet.wasRefused(member.peer, event)) return outlet.lost(member.peer, subscription)
    if (isTooLarge || (isHard && member.peer.serializer === 'json')) return outlet.lost(member.peer, subscription)
    this.#context.send(member, event, place, { subscription, topic, policy: policyOf(member.realm, topic) })
  }
}

/** What a PUBLISH says. */
interface Publication {
  readonly request: number
  readonly options: Options
  readonly topic: string
  readonly payload: readonly unknown[]
}

/** An event for one subscription. */
type ModelEvent = Pick<ModelKept, 'publication' | 'details' | 'payload' | 'isHard' | 'topic'>

/** The rule for that very topic, else that of the realm; the router's own events are never dropped. */
function policyOf({ plan }: ModelRealm, topic: string): SlowPolicy {
  const { slowConsumers } = plan
  if (slowConsumers === undefined || isReserved(topic)) return 'disconnect'
  return slowConsumers.topics.find(({ uri }) => uri === topic)?.policy ?? slowConsumers.policy
}

/** Why a request is refused: a bad URI, or rights; where both apply the text does not say which comes first. */
export function denialOf(isGood: boolean, verdict: boolean | 'failed', match: Match = 'exact'): unknown {
  const denial = verdict === 'failed' ? ERRORS.authorizationFailed : ERRORS.notAuthorized
  if (isGood) return verdict === true ? undefined : denial
  // It is undefined what an invalid pattern would match.
  return verdict === true && match === 'exact' ? ERRORS.invalidUri : new OneOf(ERRORS.invalidUri, denial)
}

/** The details of a disclosed caller or publisher. */
export function identityOf(session: ModelSession, name: 'publisher' | 'caller'): Options {
  return { [name]: session.id, [`${name}_authid`]: session.authid, [`${name}_authrole`]: session.role }
}

export function isoTime(time: number): string {
  return new Date(time).toISOString()
}

function mayReceive(member: ModelSession, publisher: ModelSession, options: Options): boolean {
  if (member === publisher && options['exclude_me'] !== false) return false
  return (
    isListed(options['exclude'], member.id.value) !== true &&
    isListed(options['exclude_authid'], member.authid.value) !== true &&
    isListed(options['exclude_authrole'], member.role) !== true &&
    isListed(options['eligible'], member.id.value) !== false &&
    isListed(options['eligible_authid'], member.authid.value) !== false &&
    isListed(options['eligible_authrole'], member.role) !== false
  )
}

/** Undefined where there is no list. */
function isListed(list: unknown, value: unknown): boolean | undefined {
  return Array.isArray(list) ? list.includes(value) : undefined
}
