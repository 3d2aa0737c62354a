// Faults in subscriptions, events and the matching of patterns.

import type { Mutant } from './mutant.ts'

const BROKER = 'router/core/pubsub/broker.ts'
const DELIVERY = 'router/core/pubsub/event-delivery.ts'
const GAPS = 'router/core/pubsub/gaps.ts'
const INDEX = 'router/core/matching/pattern-index.ts'

export const EVENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'an empty eligible list means everybody',
    file: 'router/core/pubsub/eligibility.ts',
    find: 'if (list === undefined || list === null) return',
    replace: 'if (list === undefined || list === null || (list as []).length === 0) return',
  },
  {
    name: 'exclude_authrole is not looked at',
    file: 'router/core/pubsub/eligibility.ts',
    find: "addRule(rules, options['exclude_authrole']",
    replace: "addRule(rules, options['exclude_role']",
  },
  {
    name: 'one list that names the receiver is enough',
    file: 'router/core/pubsub/eligibility.ts',
    find: 'rules.every((rule) => rule(subscriber))',
    replace: 'rules.some((rule) => rule(subscriber))',
  },
  {
    name: 'the publisher gets its own event',
    file: BROKER,
    find: "excluded: options['exclude_me'] === false ? undefined : session,",
    replace: 'excluded: undefined,',
  },
  {
    name: 'exclude_me false is not looked at',
    file: BROKER,
    find: "excluded: options['exclude_me'] === false ? undefined : session,",
    replace: 'excluded: session,',
  },
  {
    name: 'PUBLISHED comes after the events',
    file: BROKER,
    find: 'session.link.send({ type: PUBLISHED, request, publication: publication.id })',
    replace: 'this.#context.scheduler.defer(() => session.link.send({ type: PUBLISHED, request, publication: publication.id }))',
  },
  {
    name: 'pattern subscribers are not told the topic',
    file: DELIVERY,
    find: "const details = subscription.match === 'exact' ? publication.details :",
    replace: "const details = subscription.match !== 'wildcard' ? publication.details :",
  },
  {
    name: 'meta events reach whoever subscribed to everything',
    file: BROKER,
    find: 'if (!isGuarded || isForRouter(subscription.uri)) visit(subscription)',
    replace: 'visit(subscription)',
  },
  {
    name: 'a missed event is not told with the next',
    file: GAPS,
    find: 'if (gap === undefined) subscription.gaps.set(subscriber, { missed: events, since: this.#context.clock.monotonic() })',
    replace: 'if (gap === undefined) return',
  },
  {
    name: 'a session that leaves stays subscribed',
    file: BROKER,
    find: 'for (const subscription of session.subscriptions.values()) this.#detach(session, subscription)',
    replace: '',
  },
  {
    name: 'a subscription without subscribers stays',
    file: BROKER,
    find: 'this.#index.delete(subscription.match, subscription.uri)',
    replace: '',
  },
  { name: 'anybody publishes under wamp', file: BROKER, find: 'if (isForRouter(topic) && !session.isInternal)', replace: 'if (false)' },
  {
    name: 'events are not checked against the serializers of receivers',
    file: BROKER,
    find: 'fault ??= faultIn(payload, subscriber.link.format)',
    replace: 'fault ??= undefined',
  },
  {
    name: 'the shortest prefix wins',
    file: INDEX,
    find: 'if (node.entry !== undefined) found = node.entry',
    replace: 'found ??= node.entry',
  },
  {
    name: 'a wildcard goes before a prefix',
    file: INDEX,
    find: 'if (prefix !== undefined) return prefix',
    replace: 'if (prefix !== undefined && this.#entries.wildcard.size === 0) return prefix',
  },
  {
    name: 'a wildcard matches only where no literal does',
    file: INDEX,
    find: 'if (node.any !== undefined) visitBelow(node.any, components, depth + 1, visit)',
    replace: 'if (node.any !== undefined && literal === undefined) visitBelow(node.any, components, depth + 1, visit)',
  },
  {
    name: 'a prefix that others extend is lost with them',
    file: INDEX,
    find: 'if (node.children !== undefined) return mergeIntoOnlyChild(parent, node)',
    replace: '',
  },
]
