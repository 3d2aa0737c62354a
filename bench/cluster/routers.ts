// The way from a session of one router to a session of another: whole routers that share a realm, whose sessions have no sockets.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { UnixBus } from '../../packages/router/src/cluster/unix-bus.ts'
import { hello, transportOf } from '../in-process.ts'
import type { Ends, Way } from './way.ts'
import { Arrivals, wayOf } from './way.ts'

const REALM = {
  anonymousRole: 'all',
  roles: { all: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }] },
}
const TEXT = 'x'.repeat(32)
const TELL_MS = 5

/**
 * Node `a` publishes or calls, node `b` subscribes and answers.
 * @param ends where it is undefined, both sessions are in one router
 */
export async function startRouters(what: 'events' | 'calls', ends: Ends | undefined): Promise<Way> {
  const bus = ends && (await UnixBus.open(ends))
  const router = createRouter({ realms: { realm1: REALM }, ...(bus && { cluster: { name: 'bench', by: bus } }) })
  if (ends !== undefined) bus?.connectTo([ends.other])
  const arrivals = new Arrivals()
  const receiver = ends?.node === 'a' ? undefined : new Receiver(router, what)
  const sender = ends?.node === 'b' ? undefined : new Sender(router, what, arrivals)
  const tells = setInterval(() => receiver?.tell(), TELL_MS)
  await sender?.isHeard
  return wayOf(arrivals, {
    isAnswered: what === 'calls',
    send: () => sender?.send(),
    async close() {
      clearInterval(tells)
      await router.close()
      await bus?.close()
    },
  })
}

/** Subscribes and registers, and says now and then how many events have come. */
class Receiver {
  readonly #session: (text: string) => void
  #events = 0
  #said = -1
  readonly #invocations: string[] = []
  #request = 2

  constructor(router: Router, what: 'events' | 'calls') {
    this.#session = join(router, (text) => {
      if (text.startsWith('[36')) this.#events++
      else if (text.startsWith('[68')) this.#answer(text.slice(4, text.indexOf(',', 4)))
      if (this.#events - this.#said >= 1_024) this.tell()
    })
    this.#session(what === 'events' ? '[32,1,{},"com.example.topic.number"]' : '[64,1,{},"com.example.procedure"]')
  }

  /** Answers come in turns of their own, as from a socket. */
  #answer(invocation: string): void {
    if (this.#invocations.push(invocation) > 1) return
    setImmediate(() => {
      for (const each of this.#invocations.splice(0)) this.#session(`[70,${each},{},["${TEXT}"]]`)
    })
  }

  tell(): void {
    // The first count may be sent before the other end subscribes.
    if (this.#events === this.#said && this.#events > 0) return
    this.#said = this.#events
    this.#session(`[16,${this.#request++},{},"com.example.count",[${this.#events}]]`)
  }
}

class Sender {
  /** Resolves when the receiver is there. */
  readonly isHeard: Promise<void>
  readonly #session: (text: string) => void
  readonly #what: 'events' | 'calls'
  #request = 1

  constructor(router: Router, what: 'events' | 'calls', arrivals: Arrivals) {
    this.#what = what
    let heard = (): void => undefined
    this.isHeard = new Promise((resolve) => (heard = resolve))
    this.#session = join(router, (text) => {
      if (text.startsWith('[50')) arrivals.come(arrivals.count + 1)
      else if (text.startsWith('[8,')) {
        console.error(text)
        process.exit(1)
      }
    })
    const counts = join(router, (text) => {
      if (!text.startsWith('[36')) return
      heard()
      if (what === 'events') arrivals.come(Number((JSON.parse(text) as [number, number, number, object, [number]])[4][0]))
    })
    counts('[32,1,{},"com.example.count"]')
  }

  send(): void {
    const head = this.#what === 'events' ? '16' : '48'
    const uri = this.#what === 'events' ? 'com.example.topic.number' : 'com.example.procedure'
    this.#session(`[${head},${this.#request++},{},"${uri}",["${TEXT}"]]`)
  }
}

/** Opens a session; returns a function that sends a message. */
function join(router: Router, onMessage: (text: string) => void): (text: string) => void {
  const transport = {
    ...transportOf('bench', () => undefined),
    send: (octets: Uint8Array) => onMessage(Buffer.from(octets).toString('latin1')),
  }
  const owner = router.accept(transport)
  const say = (text: string): void => owner.onMessage(Buffer.from(text))
  say(JSON.stringify(hello('realm1')))
  return say
}
