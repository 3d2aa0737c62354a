// What the dashboard is shown at: a router with a realm of operators and one of a shop, whose services and customers call and publish all
// the time; some orders fail.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from '@trunkline/client'
import { ApplicationError, connect } from '@trunkline/client'
import { ticketAuth } from '@trunkline/client/auth'
import { Child } from '@trunkline/testkit/child'
import { freePorts } from '../faults/processes.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))

export const OPERATOR = { name: 'olga', password: 'a password of an operator' }
export const VIEWER = { name: 'victor', ticket: 'a ticket of a viewer' }
export const SIGNER = { name: 'sarah', secret: 'a secret of a signer' }
export const STRETCHED = { name: 'sam', password: 'a password that Argon2 stretches' }
export const KEY_OWNER = 'kim'

/** The configuration; `more` is a further rule of customers. */
export function configuration(port: number, publicKey: string, more = ''): string {
  return `
listeners:
  - websocket: { host: 127.0.0.1, port: ${port}, dashboard: {} }
realms:
  trunkline:
    cookie: { name: dashboard, origins: ['http://127.0.0.1:${port}'], issued: {} }
    users:
      ${OPERATOR.name}: { role: operator, scram: { kdf: pbkdf2, password: ${OPERATOR.password}, salt: '00112233445566778899aabbccddeeff', iterations: 4096 } }
      ${VIEWER.name}: { role: viewer, ticket: ${VIEWER.ticket} }
      ${SIGNER.name}: { role: operator, wampcra: { secret: ${SIGNER.secret} } }
      ${STRETCHED.name}: { role: viewer, scram: { kdf: argon2id13, password: ${STRETCHED.password}, salt: 'ffeeddccbbaa99887766554433221100', iterations: 2, memory: 4096 } }
      ${KEY_OWNER}: { role: operator, cryptosign: { publicKeys: ['${publicKey}'] } }
    roles:
      operator:
        - { uri: trunkline.admin.**, allow: [call, subscribe] }
        - { uri: trunkline.auth.logout, allow: [call] }
      viewer:
        - { uri: trunkline.admin.view.**, allow: [call, subscribe] }
        - { uri: trunkline.auth.logout, allow: [call] }
  com.example.shop:
    anonymous: { role: guest }
    users:
      prices: { role: service, ticket: prices }
      orders: { role: service, ticket: orders }
      alice: { role: customer, ticket: alice }
      bob: { role: customer, ticket: bob }
      carol: { role: customer, ticket: carol }
    roles:
      service: &all
        - { uri: com.example.shop.**, allow: [call, register, publish, subscribe] }
        - { uri: wamp.**, allow: [call, subscribe] }
      customer: *all
      guest: *all${more}
    disclosure: true
  com.example.lab: {}
admin: { realm: trunkline }
`
}

/** A running router, and what it has to do. */
export class World {
  readonly router: Child
  readonly page: string
  readonly url: string
  readonly file: string
  readonly #folder: string
  readonly #clients: Client[] = []
  readonly #timers: ReturnType<typeof setInterval>[] = []

  private constructor(router: Child, port: number, folder: string) {
    this.router = router
    this.page = `http://127.0.0.1:${port}/`
    this.url = `ws://127.0.0.1:${port}/ws`
    this.#folder = folder
    this.file = join(folder, 'trunkline.yaml')
  }

  static async start(publicKey: string): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-dashboard-'))
    const file = join(folder, 'trunkline.yaml')
    // The origins of cookies name the port.
    const [port = 0] = await freePorts(1)
    await writeFile(file, configuration(port, publicKey))
    const router = Child.node([COMMAND, 'start', '--config', file, '--json-logs'], { errors: 'passed on' })
    await router.shows(/"listening"/)
    const world = new World(router, port, folder)
    await world.#populate()
    return world
  }

  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#clients.map((client) => client.stop()))
    if (this.router.isRunning) await this.router.end('SIGTERM')
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #populate(): Promise<void> {
    const [prices, orders] = [await this.#join('prices'), await this.#join('orders')]
    await prices.register('com.example.shop.price.get', ({ args: [article] }) => 10 + Number(article))
    await orders.register('com.example.shop.order.place', async ({ args: [article] }) => {
      await new Promise((resolve) => setTimeout(resolve, 4))
      if (Number(article) % 7 === 0) throw new ApplicationError('com.example.shop.error.sold_out', ['no more of it'])
      return { order: Number(article) }
    })
    await orders.call('wamp.reflect.define', ['com.example.shop.order.place', DESCRIPTION])
    const customers = await Promise.all(['alice', 'bob', 'carol'].map((name) => this.#join(name)))
    for (const [i, customer] of customers.entries()) {
      await customer.subscribe('com.example.shop.price.', () => undefined, { match: 'prefix' })
      if (i < 2) await customer.subscribe('com.example.shop.news', () => undefined)
    }
    this.#every(40, (n) => prices.publish(`com.example.shop.price.article${n % 3}`, [n, { currency: 'EUR' }]))
    this.#every(300, (n) => orders.publish('com.example.shop.news', [`news ${n}`]))
    this.#every(50, (n) => customers[n % 3]?.call('com.example.shop.price.get', [n]))
    this.#every(90, (n) => customers[n % 2]?.call('com.example.shop.order.place', [n]))
  }

  async #join(authid: string): Promise<Client> {
    const client = await connect({
      url: this.url,
      realm: 'com.example.shop',
      authid,
      auth: ticketAuth(authid),
      agent: `shop ${authid} 1.0`,
    })
    this.#clients.push(client)
    return client
  }

  /** Subscribes to many topics, for lists of several pages. @returns ends the subscriptions */
  async subscribeToMany(count: number): Promise<() => Promise<void>> {
    const [client] = this.#clients
    if (client === undefined) throw new Error('there is no client')
    const topics = Array.from({ length: count }, (_, i) => `com.example.shop.many.${i}`)
    const subscriptions = await Promise.all(topics.map((topic) => client.subscribe(topic, () => undefined)))
    return async () => void (await Promise.all(subscriptions.map((each) => each.unsubscribe())))
  }

  #every(ms: number, act: (count: number) => Promise<unknown> | undefined): void {
    let count = 0
    this.#timers.push(setInterval(() => void act(count++)?.catch(() => undefined), ms))
  }
}

const DESCRIPTION = {
  doc: 'Places an order.',
  call: {
    args: [{ name: 'article', required: true, schema: { type: 'integer' } }],
    kwargs: { type: 'object', properties: { note: { type: 'string', description: 'for the sender' } } },
  },
}
