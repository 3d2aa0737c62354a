// The URL of each attempt: the given URLs in turn, or the result of the application's function.

import { UsageError } from '@trunkline/protocol'
import { check } from '../checks.ts'

/** One URL or several. */
export type GivenUrls = string | readonly string[]

/** Routers that serve the same realm, or a function that returns them, called at each attempt. */
export type Urls = GivenUrls | (() => GivenUrls | Promise<GivenUrls>)

/** Chooses the URL of each attempt. */
export class UrlsInTurn {
  readonly #urls: Urls
  #latest: string | undefined

  /** @throws {UsageError} for a value that yields no URL */
  constructor(urls: Urls | undefined) {
    check('url', urls, 'string|list|function')
    if (typeof urls !== 'function') listOf(urls as GivenUrls)
    this.#urls = urls as Urls
  }

  /** The URL of the latest attempt; undefined while the application's function runs. */
  get latest(): string | undefined {
    return this.#latest
  }

  /** The URL for an attempt. Rejects when the signal aborts, and with the exception of the application's function. */
  next(turn: number, signal: AbortSignal): string | Promise<string> {
    const urls = this.#urls
    if (typeof urls !== 'function') return this.#take(urls, turn)
    this.#latest = undefined
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      Promise.resolve()
        .then(urls)
        .then((given) => resolve(this.#take(given, turn)))
        .catch(reject)
    })
  }

  #take(given: GivenUrls, turn: number): string {
    const list = listOf(given)
    this.#latest = list[turn % list.length]
    return this.#latest ?? ''
  }
}

function listOf(given: GivenUrls): readonly string[] {
  const list = [given].flat()
  if (list.length === 0) throw new UsageError('url: a client needs at least one')
  for (const url of list) check('url', url, 'string')
  return list
}
