// For tests of hooks: a shop, whose service answers as the test says, and a page that looks at it, on a test router. Not part of the package.

import type { Api } from '@trunkline/contract'
import { contract, procedure, topic, type } from '@trunkline/contract'
import type { TestRouter } from '@trunkline/testing'
import { createTestRouter } from '@trunkline/testing'
import type { Client } from '../reconnecting/client.ts'

export const shop = contract('com.example.shop', {
  price: procedure({ args: [type<string>()], kwargs: { currency: type<string | undefined>() }, result: type<string>() }),
  prices: topic({ uri: 'prices.{symbol}', args: [type<number>()] }),
  closed: topic({ args: [type<string>()] }),
})

export class ShopScene {
  readonly router: TestRouter = createTestRouter()
  /** How often a price was asked. */
  asked = 0
  /** What the service answers. */
  answer: (item: string) => string | Promise<string> = (item) => `${item} ${this.asked}`
  readonly service: Client
  readonly page: Client
  /** The shop as the page has it. */
  readonly api: Api<typeof shop>

  private constructor() {
    this.service = this.router.createClient({ name: 'service' })
    this.page = this.router.createClient({ name: 'page' })
    this.api = this.page.use(shop)
  }

  /** Both clients are connected. */
  static async open(): Promise<ShopScene> {
    const scene = new ShopScene()
    await scene.service.implement(shop, {
      price: (item) => {
        scene.asked++
        return scene.answer(item)
      },
    })
    await scene.page.session()
    return scene
  }

  /** The topics to which a session is subscribed. */
  get subscribed(): string[] {
    const subscriptions = this.router.router.realm('realm1')?.subscriptions ?? []
    return subscriptions.filter(({ subscribers }) => subscribers > 0).map(({ uri }) => uri)
  }

  /** The next turn of the event loop, in which stores without a component are forgotten, and all that follows from it. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1))
    await this.router.clock.settle()
  }
}
