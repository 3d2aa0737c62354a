// The peers that are connected, until the last of them has ended. Ends none by itself.

import type { LocalPeer } from './local-peer.ts'
import type { NetworkPeer } from './network-peer.ts'

type AnyPeer = NetworkPeer | LocalPeer

export class OpenPeers {
  readonly #all = new Set<AnyPeer>()
  #onIdle: (() => void) | undefined

  get all(): ReadonlySet<AnyPeer> {
    return this.#all
  }

  add(peer: AnyPeer): void {
    this.#all.add(peer)
  }

  remove(peer: AnyPeer): void {
    this.#all.delete(peer)
    if (this.#all.size === 0) this.#onIdle?.()
  }

  /** GOODBYE to every session; resolves when the last peer has ended, or when the time is over. */
  shutDown(limitMs: number): Promise<void> {
    for (const { life } of this.#all) life.shutDown()
    if (this.#all.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
