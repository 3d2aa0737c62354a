// The bystander, a client that stays connected throughout, and the calls that show whether the router still serves.

import type { Session } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import type { Addresses } from './peer.ts'
import { Peer } from './peer.ts'

/** A callee and subscriber that takes no part in any case. */
export class Bystander {
  /** The values of it that cases may use, by placeholder. */
  readonly names: ReadonlyMap<string, unknown>
  readonly #sessions: readonly Session[]
  readonly #seen = new Set<unknown>()
  /** Why a session of it has ended, which must never happen. */
  lost: string | undefined

  private constructor(sessions: readonly Session[], names: ReadonlyMap<string, unknown>) {
    this.#sessions = sessions
    this.names = names
    for (const session of sessions) void session.closed.then((info) => (this.lost ??= JSON.stringify(info)))
  }

  /** Joins the realms `open` and `few`. */
  static async join({ websocket }: Addresses): Promise<Bystander> {
    const url = `ws://${websocket.host}:${websocket.port}/ws`
    const open = await openSession({ url, realm: 'open' })
    const few = await openSession({ url, realm: 'few', authid: 'service' })
    const echo = await open.register('com.bystander.echo', ({ args }) => args[0])
    const news = await open.subscribe('com.bystander.news', ({ args }) => void bystander.#seen.add(args[0]))
    await open.register('com.bystander.seen', ({ args }) => bystander.#seen.delete(args[0]))
    await few.register('com.open.secret', () => 'secret')
    await few.register('com.calls.hello', () => 'hello')
    await few.register('com.hidden.there', () => 'hidden')
    const names = new Map<string, unknown>([
      ['bystander', open.id],
      ['bystander.registration', echo.id],
      ['bystander.subscription', news.id],
      ['few', few.id],
    ])
    const bystander: Bystander = new Bystander([open, few], names)
    return bystander
  }

  async leave(): Promise<void> {
    this.lost = undefined
    await Promise.all(this.#sessions.map((session) => session.leave()))
  }
}

/**
 * A fresh session publishes to the bystander and calls it.
 * @returns what is wrong, or undefined
 */
export async function healthFault(addresses: Addresses, bystander: Bystander, number: number): Promise<string | undefined> {
  let peer: Peer | undefined
  try {
    peer = await Peer.open(addresses, { join: 'open' })
    peer.send([16, 1, { acknowledge: true }, 'com.bystander.news', [number]])
    const published = await peer.next()
    if (!('message' in published) || published.message[0] !== 17) return `no PUBLISHED but ${JSON.stringify(published)}`
    peer.send([48, 2, {}, 'com.bystander.seen', [number]])
    const seen = await peer.next()
    if (!('message' in seen) || JSON.stringify(seen.message) !== '[50,2,{},[true]]')
      return `the event was not seen: ${JSON.stringify(seen)}`
    peer.send([48, 3, {}, 'com.bystander.echo', [number]])
    const echoed = await peer.next()
    const wanted = JSON.stringify([50, 3, {}, [number]])
    if (!('message' in echoed) || JSON.stringify(echoed.message) !== wanted) return `no echo but ${JSON.stringify(echoed)}`
    return bystander.lost === undefined ? undefined : `the bystander was thrown out: ${bystander.lost}`
  } catch (error) {
    return String(error)
  } finally {
    peer?.destroy()
  }
}
