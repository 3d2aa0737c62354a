// Faults in what is kept for later, in revoking, and in what the meta API shows to whom.

import type { Mutant } from './mutant.ts'

const BROKER = 'router/core/pubsub/broker.ts'
const RETENTION = 'router/core/pubsub/retention.ts'
const TESTAMENTS = 'router/core/pubsub/testaments.ts'
const VISIBILITY = 'router/core/rights/visibility.ts'

export const KEPT_MUTANTS: readonly Mutant[] = [
  {
    name: 'a retained event for some takes the place of that for all',
    file: RETENTION,
    find: "const rest = audience === '' ? [] : kept.filter((each) => each.audience !== audience)",
    replace: 'const rest: readonly Kept[] = []',
  },
  {
    name: 'the oldest retained event of a topic is sent',
    file: RETENTION,
    find: 'return kept.findLast(',
    replace: 'return kept.find(',
  },
  {
    name: 'retained events go to all',
    file: RETENTION,
    find: 'return event.audience === undefined || admits(event.audience, subscriber)',
    replace: 'return true',
  },
  {
    name: 'retained events of a pattern come in the wrong order',
    file: RETENTION,
    find: 'found.sort((a, b) => a.order - b.order)',
    replace: 'found.sort((a, b) => b.order - a.order)',
  },
  {
    name: 'a retained event is not marked',
    file: 'router/core/pubsub/event-delivery.ts',
    find: 'retained: true, ',
    replace: '',
  },
  {
    name: 'retained events come unasked',
    file: BROKER,
    find: "message.options['get_retained'] === true",
    replace: 'true',
  },
  {
    name: 'flushing forgets the testaments of the other scope',
    file: TESTAMENTS,
    find: '.filter((each) => each.scope !== scope)',
    replace: '.filter(() => false)',
  },
  {
    name: 'testaments come in the wrong order',
    file: TESTAMENTS,
    find: 'return TESTAMENT_SCOPES.flatMap(',
    replace: 'return [...TESTAMENT_SCOPES].reverse().flatMap(',
  },
  {
    name: 'who is killed with all others leaves no testament',
    file: 'router/core/realm.ts',
    find: '    this.#publishTestaments(session)\n',
    replace: '    if (!isQuiet) this.#publishTestaments(session)\n',
  },
  {
    name: 'who does not understand it is told that a subscription is taken away',
    file: BROKER,
    find: "if (session.announced('subscriber', 'subscription_revocation')) {",
    replace: 'if (true) {',
  },
  {
    name: 'nobody is told that a registration is taken away',
    file: 'router/core/calls/dealer.ts',
    find: "if (session.announced('callee', 'registration_revocation')) {",
    replace: 'if (false) {',
  },
  {
    name: 'the meta api shows registrations to all',
    file: VISIBILITY,
    find: '(held.has(id) || may(actions, uri, match))',
    replace: '(actions === OF_PROCEDURES || held.has(id) || may(actions, uri, match))',
  },
  {
    name: 'the meta api hides a subscription from who holds it',
    file: VISIBILITY,
    find: '(held.has(id) || may',
    replace: '((actions === OF_PROCEDURES && held.has(id)) || may',
  },
]
