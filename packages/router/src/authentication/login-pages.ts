// The pages that may log in by a cookie: a browser adds its cookies whichever page opens the connection.

import { UsageError } from '@trunkline/protocol'
import type { WebHost } from './web-host.ts'
import { hostOfOrigin, isPageOf } from './web-host.ts'

export class LoginPages {
  readonly #listed: readonly WebHost[]

  /**
   * @param origins such as `https://shop.example.com`, or `https://*.example.com` for every name of one label more
   * @throws {UsageError} when one is no origin, such as `*`: then any page could act as its visitor
   */
  constructor(origins: readonly string[]) {
    this.#listed = origins.map((origin) => {
      const host = hostOfOrigin(origin)
      if (host === undefined || host.name === '*') {
        throw new UsageError(`cookie.origins: '${origin}' is no origin such as https://shop.example.com`, 'TL_REALM')
      }
      return host
    })
  }

  /** Whether a page of this origin may log in; case and default port make no difference. */
  has(origin: string): boolean {
    const page = hostOfOrigin(origin)
    return page !== undefined && this.#listed.some((each) => isPageOf(page, each))
  }
}
