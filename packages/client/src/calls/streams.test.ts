// Shows calls as loops, with a scripted router.

import { describe, expect, it } from 'vitest'
import { openScripted, turn } from '../testing/scripted-router.ts'
import { calls } from './calls.ts'
import { send, stream } from './streams.ts'

async function valuesOf(call: AsyncIterable<unknown>): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const value of call) values.push(value)
  return values
}

describe('stream', () => {
  it('gives the progressive results to a loop, and the final one apart [AP-RPC-PCR-19]', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const call = stream(session, 'com.example.count', [2], { kwargs: { by: 1 }, discloseMe: true })
    expect(router.take()).toEqual([[48, 1, { disclose_me: true, receive_progress: true }, 'com.example.count', [2], { by: 1 }]])
    router.says([50, 1, { progress: true }, [1]], [50, 1, { progress: true }, [2]], [50, 1, {}, ['done']])
    expect(await valuesOf(call)).toEqual([1, 2])
    expect(await call.result).toBe('done')
  })

  it('gives each as it comes', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const iterator = stream(session, 'com.example.count')[Symbol.asyncIterator]()
    const next = iterator.next()
    router.says([50, 1, { progress: true }, [1]])
    expect(await next).toEqual({ done: false, value: 1 })
  })

  it('throws in the loop what the call fails with, behind what came', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const call = stream(session, 'com.example.count')
    router.says([50, 1, { progress: true }, [1]], [8, 48, 1, {}, 'com.example.failed'])
    const iterator = call[Symbol.asyncIterator]()
    expect(await iterator.next()).toMatchObject({ value: 1 })
    await expect(iterator.next()).rejects.toMatchObject({ uri: 'com.example.failed' })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    await expect(call.result).rejects.toMatchObject({ uri: 'com.example.failed' })
  })

  it('is cancelled when the loop is left', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const call = stream(session, 'com.example.count', [], { cancelMode: 'skip' })
    router.take()
    router.says([50, 1, { progress: true }, [1]])
    for await (const value of call) if (value === 1) break
    expect(router.take()).toEqual([[49, 1, { mode: 'skip' }]])
    await expect(call.result).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('is cancelled when 1,000 results wait for a slow loop', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const call = stream(session, 'com.example.count')
    router.take()
    for (let i = 0; i <= 1000; i++) router.says([50, 1, { progress: true }, [i]])
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]])
    await expect(valuesOf(call)).rejects.toMatchObject({ uri: 'trunkline.error.limit_exceeded' })
  })
})

describe('send', () => {
  it('sends chunks as they come and gives what comes back [AP-RPC-PCI-26]', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const parts: unknown[] = []
    const call = send(
      session,
      'com.example.sum',
      (async function* () {
        yield [1]
        await turn()
        yield { kwargs: { a: 2 } }
      })(),
      { onProgress: ({ value }) => parts.push(value) },
    )
    await turn()
    await turn()
    expect(router.take()).toEqual([
      [48, 1, { receive_progress: true, progress: true }, 'com.example.sum', [1]],
      [48, 1, { progress: true }, 'com.example.sum', [], { a: 2 }],
      [48, 1, {}, 'com.example.sum'],
    ])
    router.says([50, 1, { progress: true }, ['part']], [50, 1, {}, ['done']])
    expect(await call).toBe('done')
    expect(parts).toEqual(['part'])
  })

  it('takes no more chunks when the call is over', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    let taken = 0
    let isClean = false
    const call = send(
      session,
      'com.example.sum',
      (async function* () {
        try {
          for (;;) {
            taken++
            yield [taken]
            await turn()
          }
        } finally {
          isClean = true
        }
      })(),
    )
    await turn()
    router.says([50, 1, {}, ['enough']])
    await call
    const before = taken
    for (let i = 0; i < 3; i++) await turn()
    expect(taken).toBeLessThanOrEqual(before + 1)
    expect(isClean).toBe(true)
  })

  it('is cancelled when the source of chunks fails, with its error', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const call = send(
      session,
      'com.example.sum',
      (async function* () {
        yield { args: [1] }
        await turn()
        throw new Error('source')
      })(),
    )
    await expect(call).rejects.toThrow('source')
    expect(router.take().at(-1)).toEqual([49, 1, { mode: 'killnowait' }])
  })

  it('with no chunk is an ordinary call', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const call = send(session, 'com.example.sum', [])
    await turn()
    expect(router.take()).toEqual([[48, 1, {}, 'com.example.sum']])
    router.says([50, 1, {}, [0]])
    expect(await call).toBe(0)
  })
})
