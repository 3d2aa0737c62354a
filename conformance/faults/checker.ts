// Judges a round by the records of all parts, when no more messages are in flight: was each event delivered once and in order,
// has each call one end and at most one execution, is each error one that this fault may cause?

import type { Call, Delivery, Publication, SessionRecord, Subscribed } from './ledger.ts'
import { Ledger } from './ledger.ts'

/** What a round may do to calls. */
export interface Expectation {
  /** The URIs of ERRORs that calls may end with (R3), or those for the calls of each part. */
  readonly errors: readonly string[] | ((part: string) => readonly string[])
  /** Calls that a callee had got by then must have a result (N3). */
  readonly acceptedBefore?: number
  /** Parts whose node died: what it had acknowledged may be lost with it. */
  readonly lostNodeOf?: readonly string[]
}

export interface Figures {
  publications: number
  events: number
  calls: number
  results: number
  readonly errors: Map<string, number>
  /** Calls without an answer, because their session ended. */
  lostCalls: number
}

export class Checker {
  readonly ledgers = new Map<string, Ledger>()
  #figures = noFigures()

  ledger(part: string): Ledger {
    const ledger = this.ledgers.get(part) ?? new Ledger(part)
    this.ledgers.set(part, ledger)
    return ledger
  }

  /** The figures since they were last read. */
  takeFigures(): Figures {
    const figures = this.#figures
    this.#figures = noFigures()
    return figures
  }

  /** What is wrong with the round that has ended. Then the next begins. */
  settle(expectation: Expectation): string[] {
    const all = [...this.ledgers.values()]
    const sessions = all.flatMap((ledger) => ledger.sessions)
    const faults = [
      ...all.flatMap((ledger) => ledger.faults),
      ...sessions.flatMap((session) => deliveryFaults(session, sessions, expectation)),
      ...callFaults(sessions, expectation),
    ]
    this.#count(sessions)
    for (const ledger of all) ledger.forget()
    return faults
  }

  #count(sessions: readonly SessionRecord[]): void {
    const figures = this.#figures
    for (const { publications, subscriptions, calls } of sessions) {
      figures.publications += publications.length
      for (const { events } of subscriptions) figures.events += events.length
      figures.calls += calls.length
      for (const { end } of calls) {
        if (end === undefined) figures.lostCalls++
        else if (end === 'RESULT') figures.results++
        else figures.errors.set(end, (figures.errors.get(end) ?? 0) + 1)
      }
    }
  }
}

function noFigures(): Figures {
  return { publications: 0, events: 0, calls: 0, results: 0, errors: new Map(), lostCalls: 0 }
}

/** L1, L2, L3 and L5 of all that one session was sent. */
function deliveryFaults(receiver: SessionRecord, sessions: readonly SessionRecord[], { lostNodeOf = [] }: Expectation): string[] {
  const sources = sessions.filter(({ publications }) => publications.length > 0)
  return [
    ...receiver.subscriptions.flatMap((subscription) => subscriptionFaults(receiver, subscription, sources, lostNodeOf)),
    ...receiver.subscriptions.flatMap((subscription) => strangerFaults(receiver, subscription, sessions)),
    ...sources.flatMap((source) => orderFaults(receiver, source)),
  ]
}

/** L2 over all topics that one session holds: events come in the order of one publisher's PUBLISHes. */
function orderFaults(receiver: SessionRecord, source: SessionRecord): string[] {
  const places = new Map(source.publications.map(({ topic, number }, i) => [`${topic} ${number}`, i]))
  const got = receiver.subscriptions
    .filter(({ isPrefix }) => !isPrefix)
    .flatMap(({ topic, events }) => events.filter((event) => event.source === source.part).map((event) => ({ topic, ...event })))
    .toSorted((a, b) => a.arrival - b.arrival)
    .map(({ topic, number }) => places.get(`${topic} ${number}`))
    .filter((place) => place !== undefined)
  const wrong = got.findIndex((place, i) => i > 0 && place <= (got[i - 1] ?? -1))
  return wrong < 0 ? [] : [`L2: ${source.part} to ${receiver.part}: events of several topics are out of order`]
}

/** Events that no part has recorded as published. */
function strangerFaults(receiver: SessionRecord, { events }: Subscribed, sessions: readonly SessionRecord[]): string[] {
  const known = new Set(sessions.flatMap(({ part, publications }) => publications.map(({ number }) => `${part} ${number}`)))
  return events
    .filter(({ source, number }) => !known.has(`${source} ${number}`))
    .map(({ source, number }) => `L1: ${receiver.part} got event ${number} of ${source}, which was not published`)
}

function subscriptionFaults(
  receiver: SessionRecord,
  subscription: Subscribed,
  sources: readonly SessionRecord[],
  lostNodeOf: readonly string[],
): string[] {
  const streams = sources.map((source) => streamOf(receiver, subscription, source, lostNodeOf.includes(source.part)))
  const missing = streams.reduce((sum, stream) => sum + missingIn(stream), 0)
  const told = subscription.events.reduce((sum, { gap }) => sum + gap, 0)
  const faults = streams.flatMap(streamFaults)
  if (missing > told && faults.length === 0) faults.push(`L3: ${receiver.part}: ${missing} events are missing, of which ${told} are told`)
  return faults
}

function streamOf(receiver: SessionRecord, subscription: Subscribed, source: SessionRecord, isNodeLost: boolean): Stream {
  const sent = source.publications.filter((publication) => isMatch(subscription, publication) && !publication.isRefused)
  const numbers = new Map(sent.map(({ number }, i) => [number, i]))
  let told = 0
  const got: Got[] = []
  for (const event of subscription.events) {
    told += event.gap
    const place = event.source === source.part ? numbers.get(event.number) : undefined
    if (place === undefined) continue
    got.push({ ...event, place, told })
    told = 0
  }
  return { receiver, subscription, source, sent, got, isNodeLost }
}

/** One publisher's session on one subscription. */
function streamFaults(stream: Stream): string[] {
  const { receiver, subscription, source, got } = stream
  const who = `${source.part} to ${receiver.part} on '${subscription.topic}'`
  const faults: string[] = []
  let last = -1
  for (const { number, place, told } of got) {
    if (place <= last) faults.push(`L2: ${who}: event ${number} came after one that was published later, or again`)
    else if (last >= 0 && place - last - 1 > told) {
      faults.push(
        `L3: ${who}: ${place - last - 1} events before ${number} are missing, of which ${told} are told, without a sign; around it came ${around(subscription, number)}`,
      )
    }
    last = Math.max(last, place)
  }
  return faults.concat(edgeFaults(stream).map((text) => `L3: ${who}: ${text}`))
}

/** For a person who looks for the cause. */
function around({ events }: Subscribed, number: number): string {
  const at = events.findIndex((event) => event.number === number)
  return events
    .slice(Math.max(0, at - 4), at + 5)
    .map(({ source, number: each, gap }) => `${source} ${each}${gap > 0 ? ` (gap ${gap})` : ''}`)
    .join(', ')
}

/** How many did not come between the first and the last that did. */
function missingIn({ got }: Stream): number {
  const [first, last] = [got[0], got.at(-1)]
  return first === undefined || last === undefined ? 0 : Math.max(0, last.place - first.place + 1 - got.length)
}

interface Got extends Delivery {
  /** Its place among what was sent. */
  readonly place: number
  /** How many events the subscription was told to have missed since the one before of this publisher. */
  readonly told: number
}

/** What a publisher's session sent that a subscription wants, and what came. */
interface Stream {
  readonly receiver: SessionRecord
  readonly subscription: Subscribed
  readonly source: SessionRecord
  readonly sent: readonly Publication[]
  readonly got: readonly Got[]
  /** Of the publisher. */
  readonly isNodeLost: boolean
}

/** The first event must be the first one that was published after SUBSCRIBED; all that is sent while both sessions stay must come. */
function edgeFaults({ receiver, subscription, source, sent, got, isNodeLost }: Stream): string[] {
  // Only a subscription that lasted all the time shows anything.
  if (!subscription.isHeld) return []
  const due = sent.filter(({ at }) => at > subscription.since)
  const [firstDue, first] = [due[0], got[0]]
  const faults: string[] = []
  if (firstDue !== undefined && first !== undefined && first.number > firstDue.number && first.told === 0) {
    faults.push(`the first event is ${first.number}, but ${firstDue.number} was published after SUBSCRIBED`)
  }
  if (!receiver.isOpen) return faults
  // Of a session that ended, the last publications may not have reached the router, unless they were acknowledged (L5).
  const lastDue = source.isOpen ? due.at(-1) : due.findLast(({ isAcknowledged }) => isAcknowledged && !isNodeLost)
  const last = got.at(-1)
  if (lastDue !== undefined && (last === undefined || last.number < lastDue.number)) {
    faults.push(
      `the last event is ${last?.number ?? 'none'}, but ${lastDue.number} was published${lastDue.isAcknowledged ? ' and acknowledged' : ''}`,
    )
  }
  return faults
}

function isMatch({ topic, isPrefix }: Subscribed, publication: Publication): boolean {
  return isPrefix ? publication.topic.startsWith(topic) : publication.topic === topic
}

/** R1, R2, R3 and N3. */
function callFaults(sessions: readonly SessionRecord[], expectation: Expectation): string[] {
  const executed = new Map<string, number>()
  const faults: string[] = []
  for (const { invocations } of sessions) {
    for (const { caller, number, at } of invocations) {
      const key = `${caller} ${number}`
      if (executed.has(key)) faults.push(`R2: call ${number} of ${caller} was executed twice`)
      executed.set(key, at)
    }
  }
  for (const session of sessions) {
    for (const call of session.calls) {
      const fault = callFault(session, call, executed.get(`${session.part} ${call.number}`), expectation)
      if (fault !== undefined) faults.push(fault)
    }
  }
  return faults
}

function callFault(
  session: SessionRecord,
  call: Call,
  executedAt: number | undefined,
  { errors, acceptedBefore = 0 }: Expectation,
): string | undefined {
  const who = `call ${call.number} of ${session.part}`
  const { end } = call
  if (end === 'RESULT') return executedAt === undefined ? `R4: ${who} has a result, but no callee got it` : undefined
  if (executedAt !== undefined && executedAt < acceptedBefore) return `N3: ${who} was under way and ended with ${end ?? 'nothing'}`
  if (end === undefined) return session.isOpen ? `R1: ${who} has no end` : undefined
  const allowed = typeof errors === 'function' ? errors(session.part) : errors
  return allowed.includes(end) ? undefined : `R3: ${who} ended with ${end}`
}
