// A subscriber in a realm of one node, to the events of other nodes that are lost and come back.

import type { Dict, Message } from '@trunkline/protocol'
import { EMPTY_DICT, EVENT, HELLO, ON_NODE_BACK, ON_NODE_LOST, SUBSCRIBE, SUBSCRIBED, WELCOME } from '@trunkline/protocol'
import type { LocalTransport, Router } from '@trunkline/router'

const TOPICS = [ON_NODE_LOST, ON_NODE_BACK]
const ROLES: Dict = { subscriber: {} }

/** What a subscriber was told of one other node. */
interface Told {
  lost: number
  isLost: boolean
}

export class NodeWatch {
  readonly realm: string
  readonly #transport: LocalTransport
  /** By subscription. */
  readonly #topics = new Map<number, string>()
  readonly #told = new Map<string, Told>()
  /** How often links to other nodes were lost since it has SUBSCRIBED. */
  readonly #losses = new Map<string, number>()

  constructor(router: Router, realm: string) {
    this.realm = realm
    this.#transport = router.openLocal({ authid: 'watch', authrole: 'watch', isInternal: true })
    this.#transport.attach({ onMessage: (message) => this.#take(message), onProtocolError() {}, onClose() {} })
    this.#transport.send({ type: HELLO, realm, details: { roles: ROLES } })
  }

  /** The link to another node is lost. */
  lost(node: string): void {
    if (this.#topics.size === TOPICS.length) this.#losses.set(node, (this.#losses.get(node) ?? 0) + 1)
  }

  /** Once all nodes are there again: what it was not told of. */
  get untold(): string | undefined {
    for (const [node, count] of this.#losses) {
      const { lost, isLost } = this.#told.get(node) ?? { lost: 0, isLost: false }
      if (lost !== count) return `${node} was lost ${count} times, and ${lost} events said so`
      if (isLost) return `${node} is back, and no event said so`
    }
    return undefined
  }

  close(): void {
    this.#transport.close()
  }

  #take(message: Message): void {
    if (message.type === WELCOME) {
      for (const [i, topic] of TOPICS.entries()) this.#transport.send({ type: SUBSCRIBE, request: i + 1, options: EMPTY_DICT, topic })
    } else if (message.type === SUBSCRIBED) this.#topics.set(message.subscription, TOPICS[message.request - 1] ?? '')
    else if (message.type === EVENT) this.#note(String(message.payload?.args?.[0]), this.#topics.get(message.subscription) === ON_NODE_LOST)
  }

  #note(node: string, isLost: boolean): void {
    const { lost } = this.#told.get(node) ?? { lost: 0 }
    this.#told.set(node, { lost: isLost ? lost + 1 : lost, isLost })
  }
}
