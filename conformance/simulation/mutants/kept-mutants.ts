// Faults in kept events and testaments, in revoking, and in what the meta API shows to which session.

import { becomes, isDropped, isFalse, isTrue } from '../../mutation/faults.ts'
import { argument, condition, expression, initial, property, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const KEPT_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'RetainedEvents.#restBeside', {
    'a retained event for some takes the place of that for all': [initial('rest'), becomes('[]')],
  }),
  ...faultsIn('router', 'newestFor', {
    'the oldest retained event of a topic is sent': [expression('kept.findLast'), becomes('kept.find')],
    'retained events go to all': [returned('event.audience'), isTrue],
  }),
  ...faultsIn('router', 'RetainedEvents.matching', {
    'retained events of a pattern come in the wrong order': [argument(1, 'sort'), becomes('(a, b) => b.order - a.order')],
  }),
  ...faultsIn('router', 'EventDelivery.deliverRetained', {
    'a retained event is not marked': [property('retained'), isDropped],
  }),
  ...faultsIn('router', 'Subscribing.#answer', {
    'retained events come unasked': [condition('wantsRetained'), isTrue],
  }),
  ...faultsIn('router', 'Testaments.flush', {
    'flushing forgets the testaments of the other scope': [argument(1, 'filter'), becomes('() => false')],
  }),
  ...faultsIn('router', 'Testaments.take', {
    'testaments come in the wrong order': [expression('TESTAMENT_SCOPES'), becomes('[...$&].reverse()')],
  }),
  ...faultsIn('router', 'Realm.leave', {
    'who is killed with all others leaves no testament': [statement('this.#publishTestaments'), becomes('if (!isQuiet) $&')],
  }),
  ...faultsIn('router', 'Subscribing.revoke', {
    'who does not understand it is told that a subscription is taken away': [condition("'subscription_revocation'"), isTrue],
  }),
  ...faultsIn('router', 'Claims.revoke', {
    'nobody is told that a registration is taken away': [condition("'registration_revocation'"), isFalse],
  }),
  ...faultsIn('router', 'seesWhat', {
    'the meta api shows registrations to all': [expression('held.has(id)'), becomes('actions === OF_PROCEDURES || $&')],
    'the meta api hides a subscription from who holds it': [expression('held.has(id)'), becomes('actions === OF_PROCEDURES && $&')],
  }),
]
