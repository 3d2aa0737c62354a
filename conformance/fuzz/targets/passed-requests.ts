// The ids of long-poll transports, as clients send them: they say to which process of a machine a request is passed on.

import { ascii } from '@trunkline/testkit'
import { RelayedListener } from '../../../packages/router/src/listeners/longpoll-relay.ts'
import type { Target } from './target.ts'
import { check } from './target.ts'

const NODES = ['1', 'two', 'three-3']

export function passedRequestsTarget(): Target {
  const relayed = new RelayedListener({ node: '1', nodes: NODES, folder: '/none' }, 'listeners[0]', new Map(), () => '/none')
  return {
    name: 'passed-requests',
    files: /router\/src\/listeners\/longpoll-relay\.ts/,
    seeds: [relayed.idOf('a'.repeat(32)), `two.${'x'.repeat(32)}`, 'three-3.A_-9', 'two.a.b', 'four.a', 'two./../x', 'two.', '.'].map(
      ascii,
    ),
    tokens: ['two', 'three-3', '1', '.', '/', '..', '%2e', 'a'.repeat(64), '\\r\\n', '\0'].map(ascii),
    run(input) {
      const id = Buffer.from(input).toString('latin1')
      const other = relayed.otherOf(id)
      if (other === undefined)
        return `none, ${Math.min(3, id.split('.').length)} parts, ${NODES.some((node) => id.startsWith(node)) ? 'a' : 'no'} node`
      check(other !== '1' && NODES.includes(other), 'it is passed on to what is no other process')
      // The id is part of the path of the request that is passed on, and of nothing else.
      check(/^[\w-]+\.[\w-]+$/.test(id) && id.length <= 80, 'more than an id is passed on')
      return `to ${other}`
    },
  }
}
