// Shows that a request whose octets wait in the router is not late by that, and that it is late by its client's fault.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createHttpListener } from './http-server.ts'
import { EVENT_LOOP } from './read-turns.ts'
import { RequestDeadlines } from './request-deadlines.ts'

afterEach(() => void vi.restoreAllMocks())

/** Holds the turns of the event loop in which requests are read. @returns lets them come again */
function holdTurns(): () => void {
  const held: (() => void)[] = []
  let now = 0
  vi.spyOn(EVENT_LOOP, 'now').mockImplementation(() => (now += 10))
  vi.spyOn(EVENT_LOOP, 'nextTurn').mockImplementation((goOn) => void held.push(goOn))
  return () => {
    vi.restoreAllMocks()
    for (const goOn of held) goOn()
  }
}

describe('a request that is late by the clock of node:http', () => {
  async function send(text: string, limitMs: number): Promise<{ client: Socket; isLate: () => Promise<void>; goOn: () => void }> {
    const options = { host: '127.0.0.1', port: 0, headersTimeoutMs: limitMs, requestTimeoutMs: limitMs }
    const listener = await createHttpListener({ ...options, accept: () => expect.unreachable(), onError: () => expect.unreachable() })
    const goOn = holdTurns()
    const extended = vi.spyOn(RequestDeadlines.prototype, 'extends')
    const isLate = (): Promise<void> => expect.poll(() => extended, { interval: 5 }).toHaveBeenCalled()
    const client = connect(Number(new URL(listener.address).port), '127.0.0.1').on('error', () => {})
    client.write(text)
    client.once('close', () => {
      listener.closeAll()
      void listener.close()
    })
    return { client, isLate, goOn }
  }

  it('is answered where it waited in the router', async () => {
    // Long enough for the octets to come in time on a busy machine.
    const { client, isLate, goOn } = await send('GET /health HTTP/1.1\r\nHost: a\r\n\r\n', 1_000)
    await isLate()
    goOn()
    const [answer] = (await once(client, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /)
    client.destroy()
    await once(client, 'close')
  })

  it.each([
    ['head', 'GET /health HTTP/1.1\r\nHost:'],
    ['body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1'],
  ])('is refused where the rest of its %s does not come in the same time once more', async (_, text) => {
    const { client, isLate, goOn } = await send(text, 20)
    await isLate()
    goOn()
    let all = ''
    client.on('data', (octets: Buffer) => (all += octets.toString()))
    await once(client, 'close')
    expect(all).toContain('HTTP/1.1 408 ')
  })
})

describe('an idle connection', () => {
  it.each([
    ['ends', false],
    ['stays where the next request waits in the router', true],
  ])('%s', (_, isWaiting) => {
    const server = createServer()
    new RequestDeadlines(
      () => isWaiting,
      1,
      () => expect.unreachable(),
    ).watch(server)
    const socket = new Socket()
    server.emit('timeout', socket)
    expect(socket.destroyed).toBe(!isWaiting)
    socket.destroy()
  })
})
