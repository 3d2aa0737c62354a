// Faults in the history of topics: what is kept, what a query finds, and which sessions see it.

import { becomes, isDropped, isFalse, isTrue, operator } from '../../mutation/faults.ts'
import { argument, condition, expression, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn } from './mutant.ts'

export const HISTORY_MUTANTS: readonly Mutant[] = [
  ...faultsIn('router', 'RecentEvents.#shrink', {
    'a history keeps an event less than it may': [expression('this.size > events'), operator('>=')],
    'the octets of a history have no bound': [expression('this.#bytes > bytes'), isFalse],
    'a history of many octets gives up more than it must': [expression('this.#bytes > bytes'), becomes('this.#bytes > bytes / 3')],
  }),
  ...faultsIn('router', 'RecentEvents.expire', {
    'an event is given up a millisecond too early': [expression('oldest.keptAt < now - ageMs'), operator('<=')],
  }),
  ...faultsIn('router', 'storedEvent', {
    'the age of events goes by the clock that tells dates': [expression('clock.monotonic()'), becomes('clock.now()')],
    'the date of events goes by the clock for durations': [expression('clock.now()'), becomes('clock.monotonic()')],
  }),
  ...faultsIn('router', 'Histories.of', {
    'a topic has no history but its own': [returned('this.#index.best(uri)'), becomes('history')],
  }),
  ...faultsIn('router', 'SubscriptionTable.dropUnused', {
    'a history ends with the last subscriber': [expression('subscription.history !== undefined'), isFalse],
  }),
  ...faultsIn('router', 'Broker.#remember', {
    'what was meant for certain sessions is kept as well': [condition('publication.audience?.namesSessions !== true'), isTrue],
  }),
  ...faultsIn('router', 'Retaining.mayRetain', {
    'a rule that nothing is retained is not looked at': [
      expression('this.#context.settings.topicSettings.retention(topic) !== false'),
      isTrue,
    ],
  }),
  ...faultsIn('router', 'newestFor', {
    'a retained event is sent although its time is over': [expression('endsAt <= now'), isFalse],
  }),
  ...faultsIn('router', 'getEvents', {
    'who asks for a topic is shown all topics of its pattern': [expression('event.topic === uri'), isTrue],
    'a history shows events that are for others': [expression('maySee(reader, event)'), isTrue],
    'who may not subscribe reads the history': [expression("'subscribe'"), becomes("'call'")],
    'a query shows what is too old': [statement('history?.expire(context.clock.monotonic())'), isDropped],
  }),
  ...faultsIn('router', 'Page.#take', {
    'a query gives an event more than its limit': [expression('this.#args.length >= this.#most'), operator('>')],
    'an answer from a history has no bound of octets': [expression('this.#bytes > this.#mostBytes'), isFalse],
  }),
  ...faultsIn('router', 'Page.#answer', {
    'an answer does not tell what the serializer of its reader cannot hold': [expression('missing > 0'), isFalse],
  }),
  ...faultsIn('router', 'eventDict', {
    'an event of the past does not tell its topic': [expression("match === 'exact'"), isTrue],
  }),
  ...faultsIn('router', 'historyQuery', {
    'a query is answered with all topics of a pattern': [condition('topic !== undefined'), isFalse],
  }),
  ...faultsIn('router', 'answering', {
    'the newest first is not looked at': [returned('isReverse'), becomes('found')],
    'after a publication that is not there comes everything': [condition('mark === -1'), isFalse],
    'publications are compared by their ids': [
      expression('visible.findIndex((event) => event.publication === publication)'),
      becomes('[...visible].sort((a, b) => a.publication - b.publication).findIndex((event) => event.publication === publication)'),
    ],
  }),
  ...faultsIn('router', 'instant', {
    'the zone of a time is not looked at': [expression('zone.toUpperCase()'), becomes("'Z'")],
    'a time between two milliseconds is the first of them': [expression('Number(fraction.slice(3)) > 0'), isFalse],
  }),
  ...faultsIn('router', 'isAdmitted', {
    'a list of authids is not looked at afterwards': [expression("has('eligible_authid', identity.authid) !== false"), isTrue],
    'a list of roles to leave out is not looked at afterwards': [expression("has('exclude_authrole', identity.authrole) !== true"), isTrue],
  }),
  ...faultsIn('router', 'seesWhat', {
    'the right to see does not count': [argument(1, 'may'), becomes("actions.filter((each) => each !== 'see')")],
  }),
]
