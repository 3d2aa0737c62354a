// Shows that a router cannot fill the memory of a client by an answer without end.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { json } from '../json-text.ts'
import { openLongPoll } from '../longpoll.ts'
import { answerOctets } from './answer-octets.ts'
import { requestsBy } from './requests-node.ts'

const { signal } = new AbortController()
afterEach(() => vi.unstubAllGlobals())

/** So many chunks, and then an error: a reader that stops in time never sees it. */
function chunks(length: number, most: number, onCancel = (): void => {}): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(length).fill(120)
  let left = most
  return new ReadableStream<Uint8Array>({
    pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.error(new Error('read on and on'))),
    cancel: onCancel,
  })
}

describe('the body of an answer', () => {
  it('is read whole, also in chunks of one octet', async () => {
    const text = 'a body in chunks of one octet'.repeat(100)
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const octet of new TextEncoder().encode(text)) controller.enqueue(Uint8Array.of(octet))
        controller.close()
      },
    })
    expect(new TextDecoder().decode(await answerOctets(body))).toBe(text)
    expect(await answerOctets(null)).toEqual(new Uint8Array(0))
  })

  it('is not read beyond what it may have', async () => {
    const onCancel = vi.fn<() => void>()
    await expect(answerOctets(chunks(400, 4, onCancel), 1_000)).rejects.toThrow('an answer of more than 1000 octets')
    expect(onCancel).toHaveBeenCalledOnce()
    expect((await answerOctets(Readable.toWeb(Readable.from([new Uint8Array(600), new Uint8Array(400)])) as never, 1_000)).length).toBe(
      1_000,
    )
  })

  it.each([
    ['an answer', 200],
    ['a refusal', 503],
  ])('is not read for ever where it is %s to an opening', async (_, status) => {
    vi.stubGlobal('fetch', async () => new Response(chunks(4_194_304, 30), { status }))
    await expect(openLongPoll('http://router/lp', { serializer: json(), signal })).rejects.toThrow(
      'an answer of more than 104857600 octets',
    )
  })

  it('comes through an agent too', async () => {
    const server = createServer((_request, response) => response.writeHead(202).end('text')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const response = await requestsBy({ headers: { a: 'b' } })(`http://127.0.0.1:${port}/`, { method: 'POST', signal })
    expect([response.status, await response.text()]).toEqual([202, 'text'])
    server.close()
  })
})
