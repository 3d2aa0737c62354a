// Faults in giving events up and in telling of it.

import type { Mutant } from './mutant.ts'

const BROKER = 'router/core/pubsub/broker.ts'
const DELIVERY = 'router/core/pubsub/event-delivery.ts'
const GAPS = 'router/core/pubsub/gaps.ts'
const OUTBOX = 'router/core/outbox/outbox.ts'
const QUEUE = 'router/core/outbox/outbox-queue.ts'

export const GAP_MUTANTS: readonly Mutant[] = [
  {
    name: 'an event given up takes along the gap that it told of',
    file: QUEUE,
    find: 'next.gap += gap + 1',
    replace: 'next.gap += 1',
  },
  {
    name: 'the last events given up of a subscription are told to nobody',
    file: QUEUE,
    find: 'return isSealed ? 0 : gap + 1',
    replace: 'return 0',
  },
  {
    name: 'events are given up whose topic does not allow it',
    file: QUEUE,
    find: "return delivery !== undefined && delivery.policy !== 'disconnect'",
    replace: 'return delivery !== undefined',
  },
  {
    name: 'an old event waits beside the newer one of its topic',
    file: QUEUE,
    find: 'if (replaced !== undefined) this.#remove(replaced)',
    replace: 'if (replaced !== undefined) return undefined',
  },
  {
    name: 'an event replaces one of another topic',
    file: QUEUE,
    find: 'const replaced = lane.newest.get(topic)',
    replace: 'const replaced = [...lane.newest.values()].at(-1)',
  },
  {
    name: 'an event given up stays among its neighbours',
    file: QUEUE,
    find: 'if (next !== undefined) next.previous = previous',
    replace: '',
  },
  {
    name: 'events lose their places when a long queue closes up',
    file: QUEUE,
    find: "if (typeof kind === 'object') kind.slot = this.#messages.length",
    replace: '',
  },
  {
    name: 'after a long queue has closed up nothing is given up',
    file: QUEUE,
    find: '    this.#head = 0\n    this.#dropFrom = 0',
    replace: '    this.#head = 0',
  },
  {
    name: 'more is given up than must be',
    file: OUTBOX,
    find: "while (queue.bytesBeside('event') > this.#limits.hard) {",
    replace: "while (queue.bytesBeside('event') > this.#limits.hard / 4) {",
  },
  {
    name: 'an event that finds no room takes along the one that it was to replace',
    file: OUTBOX,
    find: 'if (!hasRoom) return this.#noRoom(delivery)\n    const queue = this.#append(message, share, delivery)',
    replace: 'const queue = this.#append(message, share, delivery)\n    if (!hasRoom) return this.#noRoom(delivery)',
  },
  {
    name: 'an event that finds no room is lost in silence',
    file: OUTBOX,
    find: "this.#dropped++\n      return 'full'",
    replace: "this.#dropped++\n      return 'queued' as 'full'",
  },
  {
    name: 'what waited does not tell what was given up before it',
    file: OUTBOX,
    find: 'if (event === undefined || event.gap === event.delivery.missed) return',
    replace: 'if (event === undefined || event.gap >= event.delivery.missed) return',
  },
  {
    name: 'events that are replaced still count for the limit of all queues',
    file: QUEUE,
    find: "this.#kinds[slot] = 'reply'\n    this.#ledger.remove(message, shareOf(kind) === 'event')",
    replace: "this.#kinds[slot] = 'reply'\n    if (kind === 'reply') this.#ledger.remove(message, false)",
  },
  {
    name: 'a gap is told before the next event had its time',
    file: GAPS,
    find: 'if (since <= latest && this.#tell(',
    replace: 'if (this.#tell(',
  },
  {
    name: 'a gap that was told by a notice is told again',
    file: GAPS,
    find: 'notices, isGivenUp)) this.end(subscription, session)',
    replace: 'notices, isGivenUp)) continue',
  },
  {
    name: 'a gap is told by event and never by notice',
    file: GAPS,
    find: "if (session.link.sendEvent(event, delivery) === 'queued') isTold = true",
    replace: 'isTold = true',
  },
  {
    name: 'a gap that an event told is told again',
    file: DELIVERY,
    find: "if (outcome === 'queued') this.gaps.end(subscription, subscriber)",
    replace: '',
  },
  {
    name: 'a gap outlives its subscription',
    file: BROKER,
    find: 'this.#delivery.gaps.end(subscription, session)\n    session.removeSubscription(subscription)',
    replace: 'session.removeSubscription(subscription)',
  },
]
