// Faults in durable topics: publishing them, catching up, resuming.

import { becomes, isDropped, isFalse, isTrue } from '../../mutation/faults.ts'
import { assigned, condition, expression, initial, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { DURABLE } from '../../mutation/placing.ts'
import { faultsIn, huntedIn } from './mutant.ts'

export const DURABLE_MUTANTS: readonly Mutant[] = [
  ...huntedIn(DURABLE, [
    ...faultsIn('router', 'DurablePublishing.publish', {
      'a publisher has its acknowledgement before the store has the event': [
        statement('this.#hold(session)'),
        becomes(
          'if (session.isMember) { this.#hold(session); session.link.send({ type: PUBLISHED, request: message.request, publication: publication.id }) }',
        ),
      ],
      'other messages of a publisher overtake what is on its way to the store': [statement('this.#hold(session)'), isDropped],
    }),
    ...faultsIn('router', 'DurablePublishing.#conclude', {
      'an event that the store refused is acknowledged': [
        statement('this.#refuse(sent, outcome.error)'),
        becomes('session.link.send({ type: PUBLISHED, request: message.request, publication: publication.id })'),
      ],
      'what came before with the same key goes out again': [condition('outcome.repeated === undefined'), isTrue],
      'a repeated publication gets an id of its own': [expression('outcome.repeated ?? publication.id'), becomes('publication.id')],
    }),
    ...faultsIn('router', 'DurablePublishing.#deliver', {
      'nobody knows how far events are delivered': [statement('this.#topics.delivered = position'), isDropped],
    }),
    ...faultsIn('router', 'onceOf', {
      'keys are not known': [returned("typeof key === 'string'"), becomes('undefined')],
    }),
    ...faultsIn('router', 'DurableTopics.follow', {
      'after a restart nothing counts as delivered': [assigned('this.delivered'), becomes('0')],
    }),
    ...faultsIn('router', 'CatchingUp.without', {
      'a subscriber that catches up gets live events as well': [condition('catchingUp === undefined'), isTrue],
    }),
    ...faultsIn('router', 'CatchingUp.#take', {
      'what the store has dropped meanwhile is not told': [statement('this.#delivery.gaps.add'), isDropped],
      'all is said to be there although some was dropped': [expression('onBegun(false)'), becomes('onBegun(true)')],
    }),
    ...faultsIn('router', 'CatchingUp.#send', {
      'events come from the store before they are delivered': [expression('kept.position > delivered'), isFalse],
      'a page counts as read to its end however much was taken': [statement("outcome === 'full'"), becomes('{}')],
      'a subscriber is live before it has everything': [condition('catchUp.position >= delivered'), isTrue],
    }),
    ...faultsIn('router', 'isFor', {
      'a subscriber gets what it has published itself': [condition('excluded !== undefined'), isFalse],
    }),
    ...faultsIn('router', 'Resuming.decide', {
      'a subscriber goes on one place too late': [initial('position'), becomes('$& + 1')],
    }),
    ...faultsIn('router', 'DurableDelivery.#note', {
      'what was sent is taken for acknowledged': [statement('durable.open.set(position, open)'), becomes('durable.settle(position)')],
      'attempts are not counted': [assigned('open.attempts'), becomes('1')],
    }),
    ...faultsIn('router', 'DurableDelivery.giveBack', {
      'what nobody acknowledged is not sent again': [
        expression('(isSpent ? durable.spent : durable.ready).add(open.position)'),
        becomes('undefined'),
      ],
    }),
    ...faultsIn('router', 'DurableDelivery.#give', {
      'what was acknowledged comes again after a restart': [condition('durable.done.has(position)'), isFalse],
    }),
    ...faultsIn('router', 'DurableSubscriptions.detach', {
      'what a lost session had goes to nobody': [statement('this.#parts.delivery.giveBack'), isDropped],
    }),
    ...faultsIn('router', 'DurableSubscription.advance', {
      'acknowledged behind an open event counts as all acknowledged': [initial('acked'), becomes('this.#read')],
    }),
    ...faultsIn('router', 'DurableSaving.#write', {
      'nothing is saved': [statement('store.saveConsumer'), isDropped],
    }),
    ...faultsIn('router', 'DeadLetters.#drop', {
      'an event without a topic for dead letters is kept for ever': [expression('then(true)'), becomes('undefined')],
    }),
    ...faultsIn('router', 'Gate.#mayRoute', {
      'messages do not wait for publications before them': [returned('session.unstored === undefined'), isTrue],
    }),
  ]),
  ...huntedIn({ test: 'packages/router/src/core/pubsub/resuming.test.ts' }, [
    ...faultsIn('router', 'Resuming.#isSeen', {
      'places of another epoch are taken': [expression('resume.epoch === epoch'), isTrue],
      'places that are not there yet are taken': [expression('resume.position <= this.#topics.delivered'), isTrue],
    }),
    ...faultsIn('router', 'DurablePatterns.cover', {
      'a pattern resumes although some of its topics are not durable': [expression('this.logs.some'), becomes('(() => true)')],
    }),
  ]),
  ...huntedIn({ test: 'packages/router/src/core/pubsub/durable-subscriptions.test.ts' }, [
    ...faultsIn('router', 'DurableDelivery.#give', {
      'after a restart attempts count anew': [initial('attempts'), becomes('open?.attempts ?? 0')],
    }),
  ]),
]
