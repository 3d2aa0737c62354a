// Shows the callee's side of a contract with a client made by hand: what a handler gets, what its caller gets, and what is checked.

import { ApplicationError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { contract, procedure, type } from './index.ts'
import { implement } from './implement.ts'
import type { Peer, RawInvocation, RawPayload } from './peer.ts'

type Answer = (invocation: RawInvocation) => unknown

/** A client that keeps what it registers; the test answers for the router. */
class Registrar {
  readonly answers = new Map<string, Answer>()
  readonly options: unknown[] = []
  readonly withdrawn: string[] = []
  refused: string | undefined

  readonly peer = {
    register: (uri: string, answer: Answer, options: unknown) => {
      this.answers.set(uri, answer)
      this.options.push(options)
      const ready = uri === this.refused ? Promise.reject(new Error('refused')) : Promise.resolve()
      ready.catch(() => undefined)
      const unregister = async (): Promise<void> => void this.withdrawn.push(uri)
      return { ready, unregister }
    },
  } as unknown as Peer

  async call(uri: string, invocation: Partial<RawInvocation> = {}): Promise<unknown> {
    const whole = {
      args: [],
      kwargs: {},
      details: {},
      procedure: uri,
      signal: new AbortController().signal,
      progress: () => true,
      chunks: chunksOf(),
    }
    return this.answers.get(uri)?.({ ...whole, ...invocation })
  }
}

async function* chunksOf(...chunks: readonly RawPayload[]): AsyncGenerator<RawPayload> {
  yield* chunks
}

/** A schema that takes only numbers. */
const number = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => (typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }),
  },
}
const late = { '~standard': { version: 1 as const, vendor: 'test', validate: async (value: unknown) => ({ value }) } }

const tools = contract('com.example', {
  add: procedure({ args: [number, number], result: number }),
  named: procedure({ uri: 'item.{name}', result: type<string>() }),
  sum: procedure({ chunk: number, result: number }),
  count: procedure({ progress: number, result: number }),
  slow: procedure({ progress: late, result: number }),
  pair: procedure({ result: [number, number] }),
})

const argsOf = (result: unknown): unknown => (result as RawPayload).args

describe('a handler', () => {
  it('gets its values and who calls, and answers with one value', async () => {
    const registrar = new Registrar()
    const seen: unknown[] = []
    void implement(registrar.peer, tools.add, (a, b, { procedure: uri, caller }) => {
      seen.push([uri, caller])
      return Number(a) + Number(b)
    })
    const add = (details: object): Promise<unknown> => registrar.call('com.example.add', { args: [2, 3], details: details as never })
    expect(argsOf(await add({ caller: 7, caller_authid: 'joe', caller_authrole: 'staff' }))).toEqual([5])
    await add({ caller: 7, caller_authid: 5 })
    await add({})
    expect(seen).toEqual([
      ['com.example.add', { session: 7, authid: 'joe', authrole: 'staff' }],
      ['com.example.add', { session: 7, authid: undefined, authrole: undefined }],
      ['com.example.add', undefined],
    ])
  })

  it('is not asked for values that are not as declared, unless nothing is checked', async () => {
    const asked: unknown[] = []
    const handler = (...values: unknown[]): number => asked.push(values.slice(0, 2))
    const [checking, trusting] = [new Registrar(), new Registrar()]
    void implement(checking.peer, tools.add, handler)
    void implement(trusting.peer, tools.add, handler, { check: 'none' })
    const failure = await checking.call('com.example.add', { args: [1, 'x'] }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ApplicationError)
    expect(failure).toMatchObject({ uri: 'wamp.error.invalid_argument', kwargs: { issues: [{ message: 'no number' }] } })
    expect(asked).toEqual([])
    await trusting.call('com.example.add', { args: [1, 'x'] })
    expect(asked).toEqual([[1, 'x']])
  })

  it('gets the parameters of the URI first, and not what has another form', async () => {
    const registrar = new Registrar()
    void implement(registrar.peer, tools.named, ({ name }) => name)
    const [uri = ''] = registrar.answers.keys()
    expect(registrar.options).toEqual([{ match: 'wildcard' }])
    expect(argsOf(await registrar.call(uri, { procedure: 'com.example.item.pear' }))).toEqual(['pear'])
    await expect(registrar.call(uri, { procedure: 'com.example.other' })).rejects.toMatchObject({
      uri: 'wamp.error.invalid_argument',
      args: ['com.example.other is not of the form com.example.item.{name}'],
    })
  })

  it('gets chunks one by one, checked; a last one without values ends them', async () => {
    const registrar = new Registrar()
    void implement(registrar.peer, tools.sum, async ({ chunks }) => {
      let sum = 0
      for await (const each of chunks) sum += Number(each)
      return sum
    })
    const sum = (...args: readonly unknown[][]): Promise<unknown> =>
      registrar.call('com.example.sum', { chunks: chunksOf(...args.map((each) => ({ args: each, kwargs: {} }))) })
    expect(argsOf(await sum([1], [2], []))).toEqual([3])
    expect(argsOf(await sum([]))).toEqual([0])
    await expect(sum([1], ['x'])).rejects.toMatchObject({ uri: 'wamp.error.invalid_argument' })
  })

  it('says that several values are a list', async () => {
    const registrar = new Registrar()
    const answers: unknown[] = [[1, 2], undefined, 5]
    void implement(registrar.peer, tools.pair, () => answers.shift() as never)
    expect(argsOf(await registrar.call('com.example.pair'))).toEqual([1, 2])
    expect(argsOf(await registrar.call('com.example.pair'))).toEqual([])
    await expect(registrar.call('com.example.pair')).rejects.toThrow('expected a list of the 2 parts of the result')
  })

  it('is checked itself only where all is: its result, and what it sends before', async () => {
    const answer = 'x' as never
    const [lenient, strict] = [new Registrar(), new Registrar()]
    for (const [{ peer }, options] of [[lenient, {}] as const, [strict, { check: 'both' }] as const]) {
      void implement(peer, tools.add, () => answer, options)
      void implement(peer, tools.count, (context) => Number(context.progress(answer)), options)
    }
    expect(argsOf(await lenient.call('com.example.add', { args: [1, 2] }))).toEqual(['x'])
    expect(argsOf(await lenient.call('com.example.count'))).toEqual([1])
    await expect(strict.call('com.example.add', { args: [1, 2] })).rejects.toMatchObject({ code: 'TL_CONTRACT', uri: 'com.example.add' })
    await expect(strict.call('com.example.count')).rejects.toMatchObject({ code: 'TL_CONTRACT', uri: 'com.example.count' })
  })

  it('cannot send before its result what takes time to check', async () => {
    const registrar = new Registrar()
    void implement(registrar.peer, tools.slow, (context) => Number(context.progress(1)), { check: 'both' })
    await expect(registrar.call('com.example.slow')).rejects.toThrow('com.example.slow: schemas of progressive results must check at once')
  })
})

describe('a handler that yields', () => {
  /** What it did, for a caller who cancels at a value. */
  async function counted(cancelsAt: number, options: { readonly check?: 'both' } = {}, values: readonly unknown[] = [1, 2, 3]) {
    const registrar = new Registrar()
    const [done, sent]: [string[], unknown[]] = [[], []]
    const calling = new AbortController()
    const handler = async function* () {
      try {
        for (const each of values) yield each as never
        done.push('all')
        return values.length
      } finally {
        done.push('ended')
      }
    }
    void implement(registrar.peer, tools.count, handler, options)
    const progress = (value?: unknown): boolean => {
      sent.push((argsOf(value) as unknown[])[0])
      if (sent.length === cancelsAt) calling.abort(new Error('cancelled'))
      return true
    }
    const outcome = await registrar
      .call('com.example.count', { progress, signal: calling.signal })
      .then(argsOf, (error: unknown) => String(error))
    return { outcome, sent, done }
  }

  it('sends each value, and then its result', async () => {
    expect(await counted(0)).toEqual({ outcome: [3], sent: [1, 2, 3], done: ['all', 'ended'] })
  })

  it('is ended when its caller cancels', async () => {
    expect(await counted(2)).toEqual({ outcome: 'Error: cancelled', sent: [1, 2], done: ['ended'] })
  })

  it('is ended at a value that is not as declared', async () => {
    const { outcome, sent, done } = await counted(0, { check: 'both' }, [1, 'x', 3])
    expect(outcome).toContain('com.example.count')
    expect([sent, done]).toEqual([[1], ['ended']])
  })
})

describe('an implementation', () => {
  const handlers = { a: () => undefined, inner: { b: () => undefined } }
  const make = (prefix: string) => contract(prefix, { a: procedure(), inner: { b: procedure() } })

  it('has a handler for each procedure, and no other', () => {
    const { peer, answers } = new Registrar()
    const all = make('com.one')
    expect(() => implement(peer, all, { a: handlers.a } as never)).toThrow('inner.b (com.one.inner.b) has no handler')
    expect(() => implement(peer, all, { ...handlers, c: handlers.a } as never)).toThrow('c: the contract has no such procedure')
    expect(() => implement(peer, all, { ...handlers, inner: { ...handlers.inner, d: handlers.a } } as never)).toThrow(
      'inner.d: the contract has no such procedure',
    )
    expect(() => implement(peer, all.a, undefined as never)).toThrow('the procedure (com.one.a) has no handler')
    expect(answers.size).toBe(0)
  })

  it('is taken back as a whole, by hand and where one procedure is refused', async () => {
    const all = make('com.two')
    const registrar = new Registrar()
    const held = await implement(registrar.peer, all, handlers)
    expect(registrar.withdrawn).toEqual([])
    await held.withdraw()
    expect(registrar.withdrawn).toEqual(['com.two.a', 'com.two.inner.b'])
    const refusing = new Registrar()
    refusing.refused = 'com.two.inner.b'
    await expect(implement(refusing.peer, all, handlers)).rejects.toThrow('refused')
    expect(refusing.withdrawn).toEqual(['com.two.a', 'com.two.inner.b'])
  })

  it('runs what stands around each handler, with the procedure and the context', async () => {
    const registrar = new Registrar()
    const seen: unknown[] = []
    void implement(registrar.peer, tools.add, (a, b) => Number(a) + Number(b), {
      invoke: 'roundrobin',
      around: async ({ procedure: uri, context }, run) => {
        seen.push([uri, context.procedure])
        return Number(await run()) * 10
      },
    })
    expect(argsOf(await registrar.call('com.example.add', { args: [1, 2] }))).toEqual([30])
    expect([seen, registrar.options]).toEqual([[['com.example.add', 'com.example.add']], [{ invoke: 'roundrobin' }]])
  })
})
