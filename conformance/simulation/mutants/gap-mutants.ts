// Faults in dropping events and in reporting the gaps.

import { becomes, comesAfterNext, isDropped, isTrue, operator } from '../../mutation/faults.ts'
import { assigned, condition, expression, initial, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const GAP_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'passGapOn', {
    'an event given up takes along the gap that it told of': [assigned('next.gap'), becomes('1')],
    'the last events given up of a subscription are told to nobody': [returned('isSealed'), becomes('0')],
  }),
  ...faultsIn('router', 'mayDrop', {
    'events are given up whose topic does not allow it': [expression("delivery.policy !== 'disconnect'"), isDropped],
  }),
  ...faultsIn('router', 'OutboxQueue.appendEvent', {
    'an old event waits beside the newer one of its topic': [statement('this.#remove(replaced)'), becomes('return undefined')],
  }),
  ...faultsIn('router', 'OutboxQueue.#link', {
    'an event replaces one of another topic': [initial('replaced'), becomes('[...lane.newest.values()].at(-1)')],
  }),
  ...faultsIn('router', 'OutboxQueue.#unlink', {
    'an event given up stays among its neighbours': [statement('next !== undefined'), isDropped],
  }),
  ...faultsIn('router', 'OutboxQueue.#compact', {
    'events lose their places when a long queue closes up': [statement("typeof kind === 'object'"), isDropped],
    'after a long queue has closed up nothing is given up': [statement('this.#dropFrom'), isDropped],
  }),
  ...faultsIn('router', 'OutboxQueue.#empty', {
    'events that are replaced still count for the limit of all queues': [
      statement('this.#ledger.remove'),
      becomes("if (kind === 'reply') this.#ledger.remove(message, false)"),
    ],
  }),
  ...faultsIn('router', 'Outbox.#makeRoom', {
    'more is given up than must be': [expression('this.#limits.hard'), becomes('$& / 4')],
  }),
  ...faultsIn('router', 'Outbox.#enqueue', {
    'an event that finds no room takes along the one that it was to replace': [statement('!hasRoom'), comesAfterNext],
  }),
  ...faultsIn('router', 'Outbox.#noRoom', {
    'an event that finds no room is lost in silence': [returned("'full'"), becomes("'queued' as 'full'")],
  }),
  ...faultsIn('router', 'Outbox.#handOver', {
    'what waited does not tell what was given up before it': [expression('event.gap === event.delivery.missed'), operator('>=')],
  }),
  ...faultsIn('router', 'Gaps.#notifySome', {
    'a gap is told before the next event had its time': [expression('gap.since <= latest'), isDropped],
    'a gap that was told by a notice is told again': [statement('this.end(look.subscription, look.session)'), becomes('continue')],
  }),
  ...faultsIn('router', 'Gaps.#notify', {
    'a gap is told by event and never by notice': [condition('session.link.sendEvent'), isTrue],
  }),
  ...faultsIn('router', 'EventDelivery.#sendAfterGap', {
    'a gap that an event told is told again': [statement("outcome === 'queued'"), isDropped],
  }),
  ...faultsIn('router', 'Subscribing.#detach', {
    'a gap outlives its subscription': [statement('this.#broker.delivery.gaps.end'), isDropped],
  }),
]
