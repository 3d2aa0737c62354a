// Shows arguments from stdin, and calls that are repeated.

import { ApplicationError } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { result, resultWith, Running, startDev } from '../testing/running-command.ts'

let node: Running
let url: string
beforeAll(async () => {
  ;({ node, url } = await startDev())
})
afterAll(() => node.interrupt())

const echoed = async (input: string, ...words: string[]): Promise<unknown> => {
  const { code, out, err } = await resultWith(input, 'call', 'com.example.echo', '-', '--json', '--url', url, ...words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

describe('arguments from stdin', () => {
  it.each([
    ['[1, "two"]', { args: [1, 'two'], kwargs: {} }],
    ['{"color": "red"}', { args: [], kwargs: { color: 'red' } }],
    ['{"args": [1], "kwargs": {"color": "red"}}', { args: [1], kwargs: { color: 'red' } }],
    ['{"args": [1], "size": 2}', { args: [], kwargs: { args: [1], size: 2 } }],
    ['{"kwargs": 1}', { args: [], kwargs: { kwargs: 1 } }],
    ['{}', { args: [], kwargs: {} }],
    ['7\n', { args: [7], kwargs: {} }],
    ['18446744073709551615', { args: [18446744073709552000], kwargs: {} }],
  ])('are the values of %s', async (input, sent) => {
    expect(await echoed(input)).toEqual(sent)
  })

  it('are one text with --string', async () => {
    expect(await echoed('[1]\n', '--string')).toEqual({ args: ['[1]\n'], kwargs: {} })
  })

  it('are taken by publish too', async () => {
    const subscriber = new Running(['subscribe', 'com.test.piped', '--count', '1', '--url', url])
    await subscriber.shows(/subscribed/)
    expect((await resultWith('["piped"]', 'publish', 'com.test.piped', '-', '--url', url)).code).toBe(0)
    expect([await subscriber.ended, subscriber.out]).toEqual([0, 'com.test.piped "piped"\n'])
  })

  it.each([
    [['-', 'x'], 'stands alone'],
    [['-'], 'expected JSON on stdin'],
    [['--every', '1s'], '--every needs --repeat'],
    [['--repeat', '0'], 'whole number'],
  ])('end with 2 and a hint for %j', async (words, hint) => {
    const { code, err } = await resultWith('{', 'call', 'com.example.echo', ...words, '--url', url)
    expect(code).toBe(2)
    expect(err).toContain(hint)
  })
})

describe('trunkline call --repeat', () => {
  it('prints each result, and statistics at the end', async () => {
    const { code, out, err } = await result('call', 'com.example.add', '2', '3', '--repeat', '3', '--every', '1ms', '--url', url)
    expect([code, out]).toEqual([0, '5\n5\n5\n'])
    expect(err).toMatch(/^3 calls, 0 errors, [\d.]+ s; ms: least [\d.]+, median [\d.]+, p95 [\d.]+, p99 [\d.]+, most [\d.]+\n$/)
  })

  it('goes on after an ERROR, and ends with 1', async () => {
    const session = await openSession({ url, realm: 'realm1', calls: calls() })
    let count = 0
    await session.register('com.test.moody', () => {
      if (++count % 2 === 0) throw new ApplicationError('com.test.no')
      return count
    })
    const { code, out, err } = await result('call', 'com.test.moody', '--repeat', '4', '--json', '--url', url)
    await session.leave()
    expect([code, out]).toEqual([1, '{"args":[1],"kwargs":{}}\n{"args":[3],"kwargs":{}}\n'])
    const [warning = '', statistics = '', error = ''] = err.trim().split('\n')
    expect(warning).toBe('warning: com.test.no')
    expect(JSON.parse(statistics)).toMatchObject({ calls: 4, errors: 2, latency_ms: { p50: expect.any(Number) as number } })
    expect(JSON.parse(error)).toHaveProperty('error')
  })

  it('prints statistics when it is interrupted', async () => {
    const command = new Running(['call', 'com.example.add', '1', '1', '--repeat', '1000', '--every', '1h', '--url', url])
    await command.shows(/2\n/)
    expect(await command.interrupt()).toBe(130)
    expect(command.err).toMatch(/^1 calls, 0 errors/)
  })
})
