// Shows that no error about a connection shows the secrets in a URL.

import { describe, expect, it } from 'vitest'
import { json } from '../json-text.ts'
import { openLongPoll } from '../longpoll.ts'
import { openTransport } from './open-transport.ts'
import { shownUrl } from './shown-url.ts'

const SECRET = 'hunter2-Tr0ub4dor'

describe('a URL in an error', () => {
  it.each([
    ['wss://joe:x@router.example.com:1/ws?token=x#x', 'wss://router.example.com:1/ws'],
    ['ws://router.example.com/a@b', 'ws://router.example.com/a@b'],
    ['rs+unix:///run/router.sock', 'rs+unix:///run/router.sock'],
    ['no url?x', 'no url'],
  ])('is shown without its secrets: %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown)
  })

  it.each([
    ['a WebSocket', `ws://joe:${SECRET}@127.0.0.1:1/ws?token=${SECRET}`],
    ['RawSocket', `rs://joe:${SECRET}@127.0.0.1:1?token=${SECRET}`],
    ['a scheme that is none', `gopher://joe:${SECRET}@127.0.0.1:1/?${SECRET}`],
    ['what is no URL', `ws://joe:${SECRET}@:x/?${SECRET}`],
  ])('of %s holds none', async (_, url) => {
    const failed = openTransport(url, { serializer: json(), signal: AbortSignal.timeout(10_000) })
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining(SECRET) as string })
  })

  it('of long-poll holds none', async () => {
    const url = `http://joe:${SECRET}@127.0.0.1:1/longpoll`
    const failed = openLongPoll(url, { serializer: json(), signal: AbortSignal.timeout(10_000) })
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining(SECRET) as string })
  })
})
