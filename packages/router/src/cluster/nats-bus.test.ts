// Shows the bus over NATS with a double of its connection: subjects, what is dropped, troubles that are logged once, and ends.

import type { NodeConnectionOptions, Status } from '@nats-io/transport-node'
import { errors } from '@nats-io/transport-node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { LogFields } from '../core/ports/index.ts'
import type { Connection, NatsBusOptions } from './nats-bus.ts'
import { NatsBus } from './nats-bus.ts'

type Callback = (error: Error | null, message: { subject: string; data: Uint8Array }) => void

/** A connection whose other end is the test. */
class Double {
  readonly published: [string, string][] = []
  readonly callbacks = new Map<string, Callback>()
  readonly info: { max_payload: number }
  readonly #statuses: Status[] = []
  #wake = (): void => {}
  #end: (error?: Error) => void = () => {}
  readonly #closed = new Promise<Error | undefined>((resolve) => (this.#end = resolve))
  isClosed = false
  /** Subjects that may not be subscribed to. */
  readonly #forbidden: string | undefined

  constructor(maxPayload = 1 << 20, forbidden?: string) {
    this.info = { max_payload: maxPayload }
    this.#forbidden = forbidden
  }

  publish(subject: string, octets: Uint8Array): void {
    if (this.isClosed) throw new errors.ClosedConnectionError()
    this.published.push([subject, Buffer.from(octets).toString()])
  }

  subscribe(subject: string, { callback }: { callback: Callback }): void {
    this.callbacks.set(subject, callback)
    if (subject !== this.#forbidden) return
    const error = forbids('subscription', subject)
    this.tell({ type: 'error', error })
    setImmediate(() => callback(error, { subject, data: new Uint8Array() }))
  }

  async flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.isClosed) throw new errors.ClosedConnectionError()
  }

  close(): Promise<void> {
    this.end()
    return Promise.resolve()
  }

  closed(): Promise<Error | undefined> {
    return this.#closed
  }

  end(error?: Error): void {
    this.isClosed = true
    this.#end(error)
    this.#wake()
  }

  tell(status: Status): void {
    this.#statuses.push(status)
    this.#wake()
  }

  async *status(): AsyncGenerator<Status> {
    while (!this.isClosed || this.#statuses.length > 0) {
      const next = this.#statuses.shift()
      if (next === undefined) await new Promise<void>((resolve) => (this.#wake = resolve))
      else yield next
    }
  }

  receive(subscribed: string, subject: string, text: string): void {
    this.callbacks.get(subscribed)?.(null, { subject, data: Buffer.from(text) })
  }
}

function forbids(operation: 'publish' | 'subscription', subject: string): Error {
  return new errors.PermissionViolationError(`Permissions Violation for ${operation} to "${subject}"`, operation, subject)
}

const open: NatsBus[] = []
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(open.splice(0).map((bus) => bus.close()))
})

/** A bus whose connections are these, one after the other: a double, or the error of a server. */
function busOf(outcomes: (Double | Error)[], options: Partial<NatsBusOptions> = {}) {
  const lines: string[] = []
  const line = (level: string) => (text: string, fields: LogFields) => {
    lines.push([level, text, fields['error'] ?? fields['subject'] ?? ''].join(' ').trim())
  }
  const asked: NodeConnectionOptions[] = []
  const bus = new NatsBus({
    cluster: 'shop',
    node: 'a',
    servers: ['nats://s1', 'nats://s2'],
    log: { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') },
    connect: (given) => {
      asked.push(given)
      const outcome = outcomes.shift()
      if (outcome === undefined) return new Promise(() => {})
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome as unknown as Connection)
    },
    ...options,
  })
  open.push(bus)
  const told: string[] = []
  bus.start({
    onPacket: (from, packet) => told.push(`packet ${from} ${Buffer.from(packet).toString()}`),
    onHello: (hello) => told.push(`hello ${Buffer.from(hello).toString()}`),
    onGone: (node) => told.push(`gone ${node}`),
    onStatus: (isConnected) => told.push(isConnected ? 'connected' : 'away'),
  })
  return { bus, lines, told, asked }
}

const octets = (text: string): Uint8Array => Buffer.from(text)

describe('the bus over NATS', () => {
  it('has two subscriptions, names the sender in the subject, and sends nothing to itself', async () => {
    const nats = new Double()
    const { bus, told, asked } = busOf([nats])
    expect(await bus.untilConnected(1_000)).toBe(true)
    expect([...nats.callbacks.keys()]).toEqual(['tl1.shop.hello', 'tl1.shop.n.a.*'])
    expect(asked[0]).toMatchObject({
      name: 'trunkline/a',
      noEcho: true,
      reconnect: false,
      pingInterval: 1_000,
      maxPingOut: 2,
      timeout: 2_000,
    })
    bus.send('b', octets('one'))
    bus.announce(octets('it is me'))
    expect(nats.published).toEqual([
      ['tl1.shop.n.b.a', 'one'],
      ['tl1.shop.hello', 'it is me'],
    ])
    nats.receive('tl1.shop.hello', 'tl1.shop.hello', 'b is here')
    nats.receive('tl1.shop.n.a.*', 'tl1.shop.n.a.b', 'two')
    nats.receive('tl1.shop.n.a.*', 'tl1.shop.n.a.é', 'of nobody')
    expect(told).toEqual(['connected', 'hello b is here', 'packet b two'])
    expect(bus.counters.refused).toBe(1)
  })

  it.each([
    [1 << 20, 256 << 10],
    [100_000, 98_976],
  ])('with a max_payload of %d has packets of at most %d octets', async (maxPayload, longest) => {
    const { bus } = busOf([new Double(maxPayload)])
    await bus.untilConnected(1_000)
    expect(bus.maxPacketBytes).toBe(longest)
  })

  it('does not use a server that takes short messages only, and says so', async () => {
    const { bus, lines } = busOf([new Double(65_536), new Double(1_000)])
    expect(await bus.untilConnected(80)).toBe(false)
    expect(lines).toEqual([
      'error NATS takes no messages as long as nodes need it takes messages of 65536 octets only (max_payload), and nodes need 66560; it takes messages of 1000 octets only (max_payload), and nodes need 66560',
    ])
  })

  it('drops what is sent while NATS is away, and tells its coming and going', async () => {
    const [first, second] = [new Double(), new Double()]
    const refusals = [new Error('connection refused'), new Error('connection refused')]
    const { bus, told, lines } = busOf([first, ...refusals, second])
    await bus.untilConnected(1_000)
    first.end(new Error('read ECONNRESET'))
    bus.send('b', octets('lost'))
    await expect.poll(() => bus.isConnected).toBe(false)
    bus.send('b', octets('lost, too'))
    expect(await bus.untilConnected(60_000)).toBe(true)
    bus.send('b', octets('again'))
    expect(second.published).toEqual([['tl1.shop.n.b.a', 'again']])
    expect(first.published).toEqual([])
    expect(bus.counters).toMatchObject({ dropped: 2, connections: 2 })
    expect(told).toEqual(['connected', 'away', 'connected'])
    expect(lines).toEqual([
      'info NATS is reached',
      'warn the connection to NATS is lost read ECONNRESET',
      'warn NATS is away connection refused',
      'info NATS is reached',
    ])
  })

  it('gives up a server that stands still', async () => {
    const [first, second] = [new Double(), new Double()]
    const { bus } = busOf([first, second])
    await bus.untilConnected(1_000)
    first.tell({ type: 'staleConnection' })
    await expect.poll(() => bus.counters.connections).toBe(2)
    expect(first.isClosed).toBe(true)
  })

  it('tries one server after the other, and logs the same trouble once', async () => {
    const refused = (): Error => new Error('connection refused')
    const { bus, lines, asked } = busOf([refused(), refused(), refused(), new errors.TimeoutError(), new Double()])
    expect(await bus.untilConnected(60_000)).toBe(true)
    const [one, other] = [asked[0]?.servers, asked[1]?.servers]
    expect(asked.map(({ servers }) => servers)).toEqual([one, other, one, other, one])
    expect(lines).toEqual([
      'warn NATS is away connection refused',
      'warn NATS is away connection refused; no answer within 2 s',
      'info NATS is reached',
    ])
  })

  it('says that NATS does not know the node, and tries again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const nats = new Double()
    const denied = (): Error => new errors.AuthorizationError('Authorization Violation')
    const { bus, lines } = busOf([denied(), denied(), nats])
    await expect.poll(() => lines).toEqual(['error NATS refuses this node Authorization Violation'])
    await vi.advanceTimersByTimeAsync(2_000)
    await expect.poll(() => bus.isConnected).toBe(true)
  })

  it.each(['tl1.shop.hello', 'tl1.shop.n.a.*'])('is not connected where it may not subscribe to %s, which is logged', async (subject) => {
    const { bus, lines } = busOf([new Double(1 << 20, subject), new Double(1 << 20, subject)])
    expect(await bus.untilConnected(80)).toBe(false)
    expect(lines).toEqual([`error NATS forbids what a node needs ${subject}`])
  })

  it('says what it may not publish, once', async () => {
    const nats = new Double()
    const { bus, lines } = busOf([nats])
    await bus.untilConnected(1_000)
    for (const subject of ['tl1.shop.hello', 'tl1.shop.n.b.a', 'tl1.shop.n.c.a', 'tl1.shop.hello']) {
      nats.tell({ type: 'error', error: forbids('publish', subject) })
    }
    await expect.poll(() => lines).toHaveLength(2)
    expect(lines.slice(1)).toEqual(['error NATS forbids what a node needs tl1.shop.hello'])
    expect(bus.isConnected).toBe(true)
  })

  it('lets a link begin anew whose packets no server takes any more', async () => {
    const nats = new Double(70_000)
    const { bus, told } = busOf([nats])
    await bus.untilConnected(1_000)
    bus.send('b', new Uint8Array(70_000))
    expect(nats.published).toEqual([])
    await expect.poll(() => told).toEqual(['connected', 'gone b'])
  })

  it('ends with what was sent, and tells nothing more', async () => {
    const nats = new Double()
    const { bus, told, lines } = busOf([nats])
    await bus.untilConnected(1_000)
    bus.send('b', octets('goodbye'))
    await bus.close()
    nats.receive('tl1.shop.hello', 'tl1.shop.hello', 'late')
    expect(nats.published).toEqual([['tl1.shop.n.b.a', 'goodbye']])
    expect(nats.isClosed).toBe(true)
    expect(told).toEqual(['connected'])
    expect(lines).toEqual(['info NATS is reached'])
  })

  it('ends while NATS is away', async () => {
    const { bus } = busOf([])
    const connected = bus.untilConnected(10_000)
    await bus.close()
    expect(await connected).toBe(false)
  })

  it.each([
    [{ cluster: 'a.b' }, /a cluster is named by 1 to 32/],
    [{ cluster: 'x'.repeat(33) }, /a cluster is named by 1 to 32/],
    [{ node: 'a*' }, /a node is named by 1 to 64/],
    [{ node: '' }, /a node is named by 1 to 64/],
    [{ servers: [] }, /at least one server/],
    [{ nkey: 'SUsecret' }, /^the nkey for NATS cannot be used: a seed begins with SU$/],
    [{ credentials: octets('secret') }, /^the credentials for NATS cannot be used: no JWT with a seed was found$/],
  ])('takes no %j', (options, message) => {
    expect(() => busOf([], options)).toThrow(message)
  })

  it.each([
    [['nats://s1', 'tls://s2'], undefined, {}],
    [['nats://s1'], { ca: 'PEM' }, { ca: 'PEM' }],
    [['nats://s1'], undefined, undefined],
  ])('over %j with tls %j wants TLS %j', async (servers, tls, expected) => {
    const { bus, asked } = busOf([new Double()], { servers, tls })
    await bus.untilConnected(1_000)
    expect(asked[0]?.tls).toEqual(expected)
  })
})
