// A router with the shop of docs/guide/pages.md, and the pages that look at it.

import type { Client } from '@trunkline/client'
import { createClient } from '@trunkline/client'
import { contract, procedure, topic, type } from '@trunkline/contract'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'

const shop = contract('com.example.shop', {
  price: procedure({ args: [type<string>()], result: type<number>() }),
  prices: topic({ uri: 'prices.{item}', args: [type<number>()] }),
})

export class Shop {
  /** How often a price was asked. */
  asked = 0
  readonly #pages: ReadonlyMap<string, string>
  readonly #service: Client
  #router: Router
  #port: number

  private constructor(router: Router, port: number, pages: ReadonlyMap<string, string>) {
    this.#router = router
    this.#port = port
    this.#pages = pages
    this.#service = createClient({ url: `ws://127.0.0.1:${port}/ws`, realm: 'realm1' })
    this.#service.implement(shop, {
      price: (item) => {
        this.asked++
        return item.length
      },
    })
  }

  /** @param pages the scripts by path, which may be added later */
  static async open(pages: ReadonlyMap<string, string>): Promise<Shop> {
    const { router, port } = await listen(0, pages)
    return new Shop(router, port, pages)
  }

  get port(): string {
    return String(this.#port)
  }

  /** Publishes a price. */
  async publish(item: string, price: number): Promise<void> {
    await this.#service.use(shop).prices.publish({ item }, price, { acknowledge: true })
  }

  /** The topics to which a session is subscribed. */
  get subscribed(): string[] {
    const all = this.#router.realm('realm1')?.subscriptions ?? []
    return all.filter(({ subscribers }) => subscribers > 0).map(({ uri }) => uri)
  }

  /** How many pages have a session. */
  get sessions(): number {
    return (this.#router.realm('realm1')?.sessions ?? []).filter(({ isInternal }) => !isInternal).length - 1
  }

  async stopRouter(): Promise<void> {
    await this.#router.close()
  }

  /** On the same port. */
  async startRouter(): Promise<void> {
    ;({ router: this.#router } = await listen(this.#port, this.#pages))
  }

  async close(): Promise<void> {
    await this.#service.stop()
    await this.#router.close()
  }
}

async function listen(port: number, pages: ReadonlyMap<string, string>): Promise<{ router: Router; port: number }> {
  const router = createRouter({ realms: { realm1: { anonymousRole: 'all', authorizer: { allows: () => true } } } })
  const { address } = await router.listenHttp({
    host: '127.0.0.1',
    port,
    routes(request, response) {
      const path = new URL(request.url ?? '', 'http://page').pathname
      const script = pages.get(path.replace(/\.js$/, ''))
      if (script === undefined) return false
      const isScript = path.endsWith('.js')
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(
        isScript ? script : `<!doctype html><link rel="icon" href="data:,"><body></body><script type="module" src="${path}.js"></script>`,
      )
      return true
    },
  })
  return { router, port: Number(new URL(address).port) }
}
