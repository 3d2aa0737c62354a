// Faults in what the nodes of a cluster tell one another, and in their links. Most are looked for in worlds of three nodes that have to behave
// like one router, or in worlds where things go wrong between them; what only timing within one packet shows is left to tests.

import { becomes, isDropped, isFalse, isTrue } from '../../mutation/faults.ts'
import { assigned, call, condition, expression, initial, nth, returned, statement } from '../../mutation/marks.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { faultsIn, huntedIn } from './mutant.ts'

const LIKE_ONE = { nodes: 3, faults: false }
const WITH_FAULTS = { nodes: 3, faults: true }

/** What several nodes do otherwise than one router. */
const AS_ONE: readonly Mutant[] = [
  ...faultsIn('router', 'sharedPublication', {
    'the lists of a publisher are not sent to other nodes': [expression('audience?.given'), becomes('undefined')],
  }),
  ...faultsIn('router', 'RealmFabric.published', {
    'a retained event is sent to nodes with subscribers only': [condition('publication.retained === undefined'), isTrue],
  }),
  ...faultsIn('router', 'RealmFabric.#receiversOf', {
    'a list of sessions keeps events from nodes that have one of them': [returned('names.has(name)'), becomes('nodes.slice(1)')],
  }),
  ...faultsIn('router', 'CalleeLink.send', {
    'a callee at another node is not interrupted': [statement('this.#interrupt(message)'), isDropped],
  }),
  ...faultsIn('router', 'Interest.nodesFor', {
    'a node is sent an event for each pattern that matches': [
      assigned('list'),
      becomes('{ ...list, nodes: [...list.nodes, ...entry.list.nodes] }'),
    ],
  }),
  ...faultsIn('router', 'Claims.end', {
    'other nodes are not told that a callee has left': [nth(1, call('unregistered')), becomes('undefined')],
  }),
  ...faultsIn('router', 'RemoteSessions.#sendEnds', {
    'the node of the callee is not told that a call is over': [statement('this.send'), isDropped],
  }),
  ...faultsIn('router', 'Subscribing.#detach', {
    'other nodes hear that a subscription has ended while it has subscribers': [
      nth(2, condition('isLast')),
      becomes('node === undefined || isLast'),
    ],
  }),
  ...faultsIn('router', 'Claims.enter', {
    'REGISTERED does not wait for other nodes': [
      condition('!callee.isPending'),
      becomes('cluster?.registered(registration, callee) ?? true'),
    ],
  }),
  ...faultsIn('router', 'Realm.join', {
    'other nodes are not told of a session': [nth(1, call('joined')), becomes('undefined')],
  }),
  ...faultsIn('router', 'Realm.leave', {
    'other nodes are not told that a session has left': [nth(1, call('left')), becomes('undefined')],
  }),
  ...faultsIn('router', 'RealmFabric.ended', {
    'other nodes are not told that nobody subscribes any more': [statement('interestOf'), isDropped],
  }),
  ...faultsIn('router', 'RemoteSessions.#invoke', {
    'a call to a callee that has left its place does not come back': [statement('why !== undefined'), isDropped],
  }),
]

/** What shows where packets are lost, ways are cut, and nodes stand still or die. */
const APART: readonly Mutant[] = [
  ...faultsIn('router', 'RemoteSessions.lose', {
    'the callees of a lost node stay': [statement('dealer.leave'), isDropped],
  }),
  ...faultsIn('router', 'Waits.wait', {
    'nothing waits until other nodes know': [initial('asked'), becomes('[] as NodeLink[]')],
  }),
  ...faultsIn('router', 'isBetter', {
    'of two callees that meet after a partition the earlier stays': [
      expression('isLater(held, newcomer) === isFirm'),
      becomes('!isLater(held, newcomer)'),
    ],
  }),
  ...faultsIn('router', 'RealmFrames.#missed', {
    'what a node could not be sent is told to nobody': [statement('broker.missedElsewhere(topic, events)'), isDropped],
  }),
  ...faultsIn('router', 'RealmFrames.#bequeathed', {
    'a node that is lost again has the same testaments': [initial('id'), becomes('rest.id')],
  }),
  ...faultsIn('router', 'RealmFabric.down', {
    'the subscriptions of a lost node stay': [initial('subscriptions'), becomes('[] as readonly never[]')],
    'nodes that are left do not compare what they retain': [statement('this.#compareRetained()'), isDropped],
    'nobody is told that a node is lost': [statement('this.#tellOfLoss'), isDropped],
  }),
  ...faultsIn('router', 'RealmFabric.#synced', {
    'nobody is told that a node is back': [statement('this.#lost.delete'), isDropped],
  }),
  ...faultsIn('router', 'RealmFrames.#compareRetained', {
    'nodes that meet again keep other retained events': [condition('digest === realm.broker.retained.digest'), isTrue],
  }),
  ...faultsIn('router', 'Fabric.down', {
    'events that were on their way to a lost node are not counted': [statement('this.#countUndelivered'), isDropped],
  }),
  ...faultsIn('router', 'Missed.lost', {
    'nobody knows what a lost node had subscribers for': [statement('this.#interest.add'), isDropped],
  }),
  ...faultsIn('router', 'Presence.forget', {
    'the sessions of a lost node stay': [statement('this.#sessions.delete'), isDropped],
  }),
  ...faultsIn('router', 'Fabric.up', {
    'who waits for other nodes does not wait for one that comes': [statement('this.#waits.extend'), isDropped],
  }),
  ...faultsIn('router', 'Subscribing.#admitInTime', {
    'SUBSCRIBED does not wait for other nodes': [condition('subscription.isSettled'), isTrue],
    'a subscription counts as known after a second': [assigned('subscription.isSettled'), becomes('true')],
  }),
  ...faultsIn('router', 'RealmFabric.published', {
    'a retained event comes twice to a node that comes back': [
      expression('[...this.#nodes.values()]'),
      becomes('this.#nodes.values() as unknown as RemoteNode[]'),
    ],
  }),
  ...faultsIn('router', 'Exchange.tick', {
    'what is lost at the end is not sent again': [statement('this.#resendAll(now)'), isDropped],
  }),
]

const CLAIMS = 'packages/router/src/fabric/remote-claims.test.ts'
const RETAINED = 'packages/router/src/core/pubsub/over-nodes.test.ts'
const STAMPS = 'packages/router/src/fabric/stamps.test.ts'
const LINK_TEST = 'packages/router/src/fabric/link.test.ts'
const TAKING_IN = 'packages/router/src/fabric/exchange-taking-in.test.ts'
const LINK_WORLDS = 'packages/router/src/fabric/link.property.test.ts'

/** What takes an order of events, a procedure or more octets than worlds have, or shows in so few of them that a test is the better witness. */
const BY_TESTS: readonly Mutant[] = [
  ...huntedIn({ test: CLAIMS }, [
    ...faultsIn('router', 'ranksOf', {
      'a callee is called before it is confirmed': [initial('ready'), becomes('callees')],
    }),
    ...faultsIn('router', 'Claims.#lose', {
      'the node of a callee that lost its place is not told': [call('refused'), becomes('undefined')],
    }),
  ]),
  ...huntedIn({ test: RETAINED }, [
    ...faultsIn('router', 'RealmFabric.cleared', {
      'cleared events stay at other nodes': [statement('this.#tell'), isDropped],
    }),
  ]),
  ...huntedIn({ test: STAMPS }, [
    ...faultsIn('router', 'Stamps.saw', {
      'stamps of other nodes do not count': [statement('stamp > this.#last'), isDropped],
    }),
  ]),
  ...huntedIn(
    { test: LINK_TEST },
    faultsIn('router', 'NodeLink.#takeOpen', {
      'a late OPEN of an earlier life ends a link': [condition('isEarlier(source, this.#life.you)'), isFalse],
    }),
  ),
  ...huntedIn(
    { test: TAKING_IN },
    faultsIn('router', 'Exchange.emit', {
      'a packet is acknowledged before its frames are taken in': [assigned('head.ack'), becomes('this.#incoming.expected - 1')],
    }),
  ),
  ...huntedIn({ test: LINK_WORLDS }, [
    ...faultsIn('router', 'Outgoing.#hasRoom', { 'the window of a link never closes': [returned('packets === 0'), isTrue] }),
    ...faultsIn('router', 'Settling.tookIn', {
      'an acknowledgement counts before what its sender said before': [expression('this.#firstThrough > taken'), isDropped],
    }),
  ]),
]

export const CLUSTER_MUTANTS: readonly Mutant[] = [...huntedIn(LIKE_ONE, AS_ONE), ...huntedIn(WITH_FAULTS, APART), ...BY_TESTS]
