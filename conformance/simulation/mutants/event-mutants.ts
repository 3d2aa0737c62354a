// Faults in subscriptions, events and the matching of patterns.

import { becomes, isDropped, isFalse, isTrue } from '../../mutation/faults.ts'
import { assigned, call, condition, expression, property, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const EVENT_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'addRule', {
    'an empty eligible list means everybody': [condition('list !== undefined'), becomes('$& && list.length > 0')],
  }),
  ...faultsIn('router', 'eligibility', {
    'exclude_authrole is not looked at': [expression("lists['exclude_authrole']"), becomes("lists['exclude_role']")],
    'one list that names the receiver is enough': [expression('rules.every'), becomes('rules.some')],
  }),
  ...faultsIn('router', 'Broker.publish', {
    'the publisher gets its own event': [property('excluded'), becomes('undefined')],
    'exclude_me false is not looked at': [property('excluded'), becomes('session')],
    'PUBLISHED comes after the events': [call('send'), becomes('this.#context.scheduler.defer(() => $&)')],
    'anybody publishes under wamp': [condition('isForRouter(topic)'), isFalse],
  }),
  ...faultsIn('router', 'EventDelivery.#deliverTo', {
    'pattern subscribers are not told the topic': [
      condition("subscription.match === 'exact'"),
      becomes("subscription.match !== 'wildcard'"),
    ],
  }),
  ...faultsIn('router', 'SubscriptionTable.forEach', {
    'meta events reach whoever subscribed to everything': [condition('!isGuarded'), isTrue],
  }),
  ...faultsIn('router', 'Gaps.add', {
    'a missed event is not told with the next': [statement('subscription.gaps.set'), becomes('return')],
  }),
  ...faultsIn('router', 'Subscribing.leave', {
    'a session that leaves stays subscribed': [statement('session.subscriptions'), isDropped],
  }),
  ...faultsIn('router', 'SubscriptionTable.dropUnused', {
    'a subscription without subscribers stays': [statement('this.index.delete'), isDropped],
  }),
  ...faultsIn('router', 'unencodableFor', {
    'events are not checked against the serializers of receivers': [assigned('fault'), becomes('undefined')],
  }),
  ...faultsIn('router', 'PrefixTree.longest', {
    'the shortest prefix wins': [statement('node.entry !== undefined'), becomes('found ??= node.entry')],
  }),
  ...faultsIn('router', 'PatternIndex.best', {
    'a wildcard goes before a prefix': [condition('prefix !== undefined'), becomes('$& && this.#entries.wildcard.size === 0')],
  }),
  ...faultsIn('router', 'visitBelow', {
    'a wildcard matches only where no literal does': [condition('node.any !== undefined'), becomes('$& && literal === undefined')],
  }),
  ...faultsIn('router', 'PrefixTree.delete', {
    'a prefix that others extend is lost with them': [statement('node.children !== undefined'), isDropped],
  }),
]
