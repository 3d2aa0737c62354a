// Shows traces across caller, router, callee, publisher and subscribers: which span is the child of which, what each says, and what
// is passed on where no span is recorded. Isolated, since the manager of contexts is global.

import { context, SpanKind, SpanStatusCode, trace as spans } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { ReadableSpan, Sampler } from '@opentelemetry/sdk-trace-base'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { ApplicationError, createClient } from '@trunkline/client'
import type { Client } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import { contextOf, trace } from '@trunkline/client/tracing'
import type { Dict } from '@trunkline/protocol'
import type { Actor, CallOnItsWay, Router, RouterOptions } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import type { CountingTracer } from '@trunkline/router/tracing'
import { createTracer } from '@trunkline/router/tracing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

const ROLES = { anonymous: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] } as const

let exporter: InMemorySpanExporter
let router: Router
let tracer: CountingTracer
let url: string
const clients: Client[] = []
beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())
afterEach(async () => {
  vi.restoreAllMocks()
  for (const client of clients.splice(0)) await client.stop()
  await router.close()
})

function provider(root: Sampler = new AlwaysOnSampler()): BasicTracerProvider {
  return new BasicTracerProvider({ sampler: new ParentBasedSampler({ root }), spanProcessors: [new SimpleSpanProcessor(exporter)] })
}

async function open(
  options: RouterOptions & {
    readonly root?: Sampler
    readonly sample?: number
    readonly mostPerSecond?: number
    readonly isTraced?: boolean
  } = {},
) {
  exporter = new InMemorySpanExporter()
  const { root, sample, mostPerSecond, isTraced = true, ...others } = options
  tracer = createTracer({ tracerProvider: provider(root), sample, mostPerSecond })
  router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles: ROLES } }, ...(isTraced && { tracer }), ...others })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
}

function client(root?: Sampler): Client {
  const made = trace(createClient({ url, realm: 'realm1', onError: () => undefined }), { tracerProvider: provider(root) })
  clients.push(made)
  return made
}

/** Each span by its name, with the name of its parent; those of one trace alone. */
function chain(): Record<string, string | undefined> {
  const all = exporter.getFinishedSpans()
  expect(new Set(all.map((span) => span.spanContext().traceId)).size).toBe(1)
  const names = new Map(all.map((span) => [span.spanContext().spanId, named(span)]))
  return Object.fromEntries(all.map((span) => [named(span), names.get(span.parentSpanContext?.spanId ?? '')]))
}

function named(span: ReadableSpan): string {
  return `${SpanKind[span.kind].toLowerCase()} ${span.name}`
}

function spanNamed(name: string): ReadableSpan {
  const found = exporter.getFinishedSpans().find((span) => named(span) === name)
  if (found === undefined) throw new Error(`no span ${name}`)
  return found
}

/** For the spans of the provider; the clock by which the router measures how long it asks goes on. */
function setClockBack(): void {
  const { now } = Date
  vi.spyOn(Date, 'now').mockImplementation(() => now() - 60_000)
}

function begunAt(name: string): number {
  const [seconds, nanoseconds] = spanNamed(name).startTime
  return seconds * 1e9 + nanoseconds
}

describe('a trace', () => {
  it('goes from caller through router to callee, and on from its handler to further calls and events', async () => {
    await open()
    const [service, caller] = [client(), client()]
    let heard = (_price: unknown): void => {}
    const got = new Promise((resolve) => (heard = resolve))
    await caller.subscribe('com.shop.sold', ({ args }) => heard(args[0]))
    await service.register('com.shop.price', () => 7)
    await service.register('com.shop.buy', async () => {
      const price = await service.call('com.shop.price')
      await service.publish('com.shop.sold', [price], { acknowledge: true })
      return price
    })
    expect(await caller.call('com.shop.buy', ['shoe'])).toBe(7)
    expect(await got).toBe(7)
    expect(chain()).toEqual({
      'client com.shop.buy': undefined,
      'server route com.shop.buy': 'client com.shop.buy',
      'client wait com.shop.buy': 'server route com.shop.buy',
      'server com.shop.buy': 'client wait com.shop.buy',
      'client com.shop.price': 'server com.shop.buy',
      'server route com.shop.price': 'client com.shop.price',
      'client wait com.shop.price': 'server route com.shop.price',
      'server com.shop.price': 'client wait com.shop.price',
      'producer publish com.shop.sold': 'server com.shop.buy',
      'internal route event': 'producer publish com.shop.sold',
      'consumer process com.shop.sold': 'internal route event',
    })
    expect(spanNamed('server route com.shop.buy').attributes).toEqual({
      'rpc.system.name': 'wamp',
      'rpc.method': 'com.shop.buy',
      'wamp.realm': 'realm1',
      'wamp.session': expect.any(Number) as number,
      'wamp.authrole': 'anonymous',
      'wamp.call.outcome': 'result',
    })
    expect(spanNamed('internal route event').attributes).toMatchObject({
      'messaging.system.name': 'wamp',
      'messaging.destination.name': 'com.shop.sold',
      'wamp.event.deliveries': 1,
    })
    expect(spanNamed('consumer process com.shop.sold').attributes).toEqual({
      'messaging.system.name': 'wamp',
      'messaging.destination.name': 'com.shop.sold',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': expect.stringMatching(/^\d+$/) as string,
    })
  })

  it('says what failed: at the callee with its exception, whose error names the trace, at router and caller by the URI', async () => {
    await open()
    const errors: unknown[] = []
    const service = trace(createClient({ url, realm: 'realm1', onError: (error) => errors.push(error) }), { tracerProvider: provider() })
    clients.push(service)
    await service.register('com.shop.fail', () => {
      throw new TypeError('a secret')
    })
    await service.register('com.shop.refuse', () => Promise.reject(new ApplicationError('com.shop.error.sold_out')))
    const caller = client()
    await expect(caller.call('com.shop.fail')).rejects.toThrow('com.shop.fail failed')
    const { traceId } = spanNamed('server com.shop.fail').spanContext()
    expect(errors).toMatchObject([{ message: 'a secret', trace_id: traceId }])
    expect(spanNamed('server com.shop.fail')).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'a secret' },
      attributes: { 'error.type': 'TypeError' },
      events: [{ name: 'exception' }],
    })
    for (const name of ['server route com.shop.fail', 'client wait com.shop.fail', 'client com.shop.fail']) {
      expect(spanNamed(name)).toMatchObject({
        status: { code: SpanStatusCode.ERROR },
        attributes: { 'error.type': 'wamp.error.runtime_error' },
      })
    }
    await expect(caller.call('com.shop.refuse')).rejects.toThrow('sold_out')
    expect(spanNamed('server com.shop.refuse')).toMatchObject({ attributes: { 'error.type': 'com.shop.error.sold_out' }, events: [] })
    await expect(caller.call('com.shop.none')).rejects.toThrow('no_such_procedure')
    expect(spanNamed('server refuse call')).toMatchObject({
      attributes: { 'error.type': 'wamp.error.no_such_procedure', 'rpc.method': 'com.shop.none' },
    })
  })

  it('has no span that begins before its parent, when the clock was set back', async () => {
    setClockBack()
    await open()
    const [service, caller] = [client(), client()]
    await service.register('com.shop.buy', () => 1)
    await caller.call('com.shop.buy')
    expect(begunAt('client wait com.shop.buy')).toBeGreaterThanOrEqual(begunAt('server route com.shop.buy'))
  })

  it('shows how long an authorizer was asked, whose own procedure belongs to it', async () => {
    setClockBack()
    await open({
      realms: {
        realm1: { anonymousRole: 'guest', dynamicAuthorizer: { procedure: 'com.judge', realm: 'rights' } },
        rights: { anonymousRole: 'anonymous', roles: ROLES },
      },
    })
    const judge = trace(createClient({ url, realm: 'rights' }), { tracerProvider: provider() })
    clients.push(judge)
    await judge.register('com.judge', ({ args: [, , action] }) => action !== 'publish')
    const [service, caller] = [client(), client()]
    await service.register('com.shop.buy', () => 1)
    exporter.reset()
    expect(await caller.call('com.shop.buy')).toBe(1)
    expect(chain()).toMatchObject({
      'internal authorize': 'server route com.shop.buy',
      'server com.judge': 'client wait com.judge',
      'server com.shop.buy': 'client wait com.shop.buy',
    })
    const [route, asked] = [spanNamed('server route com.shop.buy'), spanNamed('internal authorize')]
    expect(asked.startTime).toEqual(route.startTime)
    expect(route.duration).not.toEqual([0, 0])
    expect(begunAt('client wait com.shop.buy')).toBeGreaterThanOrEqual(begunAt('server route com.shop.buy'))
    exporter.reset()
    await expect(caller.publish('com.shop.sold', [], { acknowledge: true })).rejects.toThrow('not_authorized')
    expect(chain()).toMatchObject({
      'internal refuse publish': 'producer publish com.shop.sold',
      'internal authorize': 'internal refuse publish',
    })
  })

  it('holds progressive results until the last, within its span', async () => {
    await open()
    const service = client()
    await service.register('com.shop.list', async function* () {
      yield await service.call<number>('com.shop.price')
      yield 2
      return 3
    })
    await service.register('com.shop.price', () => 1)
    const stream = client().stream('com.shop.list')
    const got: unknown[] = []
    for await (const value of stream) got.push(value)
    expect([got, await stream.result]).toEqual([[1, 2], 3])
    expect(chain()).toMatchObject({ 'client com.shop.price': 'server com.shop.list' })
  })

  it('of a session and of contracts is the same, and a loop may go on with the context of an event', async () => {
    await open()
    const subscriber = client()
    const events = await subscriber.subscribe('com.shop.sold')
    const session = trace(await openSession({ url, realm: 'realm1', calls: calls() }), { tracerProvider: provider() })
    await session.publish('com.shop.sold', ['shoe'], { acknowledge: true })
    for await (const event of events) {
      const span = spans.getSpanContext(contextOf(event))
      expect(span?.spanId).toBe(spanNamed('internal route event').spanContext().spanId)
      break
    }
    await session.leave()
  })
})

describe('a trace that its sender does not record', () => {
  const details: Dict[] = []
  async function callWith(options: Readonly<Record<`_${string}`, string>>): Promise<Dict> {
    const service = createClient({ url, realm: 'realm1' })
    clients.push(service)
    await service.register('com.shop.buy', (invocation) => void details.push(invocation.details), { invoke: 'last' })
    const caller = createClient({ url, realm: 'realm1' })
    clients.push(caller)
    await caller.call('com.shop.buy', [], options)
    return details.pop() ?? {}
  }
  const IDS = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331'

  it('is passed on as it is, and has no span', async () => {
    await open()
    const context = { _traceparent: `00-${IDS}-00`, _tracestate: 'a=1' }
    expect(await callWith(context)).toMatchObject(context)
    expect(exporter.getFinishedSpans()).toEqual([])
  })

  it('is passed on by a router that does not trace', async () => {
    await open({ isTraced: false })
    const context = { _traceparent: `00-${IDS}-01`, _tracestate: 'a=1' }
    expect(await callWith(context)).toMatchObject(context)
  })

  it('begins at the router where the sampler wants that, and nowhere else', async () => {
    await open()
    expect(await callWith({})).toMatchObject({ _traceparent: expect.stringMatching(/-01$/) as string })
    expect(exporter.getFinishedSpans().map(named)).toEqual(['client wait com.shop.buy', 'server route com.shop.buy'])
    await router.close()
    for (const options of [{ root: new AlwaysOffSampler() }, { sample: 0 }]) {
      await open(options)
      expect(await callWith({})).toEqual({})
      expect(exporter.getFinishedSpans()).toEqual([])
      await router.close()
    }
    await open()
  })

  it('costs a router no more than so many spans in a second, whatever a client sends', async () => {
    await open({ mostPerSecond: 0 })
    const context = { _traceparent: `00-${IDS}-01` }
    expect(await callWith(context)).toMatchObject(context)
    expect([exporter.getFinishedSpans().length, tracer.dropped]).toEqual([0, 1])
    expect(await callWith({ _traceparent: 'x'.repeat(10_000), _tracestate: 'y'.repeat(10_000) })).toEqual({})
  })
})

it('holds the spans of so many open calls: the oldest ends where more are opened and never answered', async () => {
  await open({ mostPerSecond: 1_000_000 })
  const by = { id: 1, isInternal: false, identity: { authid: 'a', authrole: 'b' } } as Actor
  const call = { caller: by, callee: by, registration: { uri: 'com.shop.wait' } } as CallOnItsWay
  const request = { kind: 'call', realm: 'realm1', by, uri: 'com.shop.wait', trace: undefined, askedAt: undefined } as const
  const traced = Array.from({ length: 10_002 }, () => tracer.called(request, call))
  const outcomes = () =>
    exporter.getFinishedSpans().map(({ name, attributes, status }) => [name, attributes['wamp.call.outcome'], status.code])
  const [wait, route] = ['wait', 'route'].map((name) => [`${name} com.shop.wait`, 'open', SpanStatusCode.UNSET])
  expect(outcomes()).toEqual([wait, route, wait, route])
  exporter.reset()
  for (const each of traced) each?.onEnd(call, 'result', undefined)
  expect(outcomes()).toHaveLength(20_000)
  expect(tracer.called(request, call)?.trace).toBeDefined()
  expect(outcomes()).toHaveLength(20_000)
})

it('checks handlers and options as ever', async () => {
  await open()
  const traced = client()
  expect(() => traced.register('com.shop.buy', ((a: unknown, b: unknown) => [a, b]) as never)).toThrow('one parameter')
  await expect(traced.call('com.shop.buy', [], 'x' as never)).rejects.toThrow('options')
  await expect(traced.call('not a uri')).rejects.toThrow('URI')
})
