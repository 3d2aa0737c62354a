// Shows that a look at live traffic is bounded, whatever there is to see and however its reader reads.

import { createJsonSerializer, Payload } from '@trunkline/protocol'
import type { Actor } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { describe, expect, it, vi } from 'vitest'
import { LeveledLog } from '../leveled-log.ts'
import { AdminApi } from './admin-api.ts'
import { ShownPayload } from './shown-payload.ts'
import type { TailPart, TailWish } from './tail.ts'
import { Tail } from './tail.ts'

const ALICE: Actor = { id: 1, identity: { authid: 'alice', authrole: 'guest' }, isInternal: false }
const ROUTER: Actor = { ...ALICE, id: 2, isInternal: true }
const CALL = { caller: ALICE, callee: ALICE, registration: { id: 3, uri: 'com.a', match: 'exact' as const } }

function tailOf(wish: TailWish = {}, hasRoom = () => true, payload?: ShownPayload) {
  const parts: TailPart[] = []
  const tail = new Tail(wish, { send: (part) => void parts.push(part), hasRoom }, payload && (() => payload))
  tail.tick(400)
  const publish = (topic = 'com.a', octets?: Payload): void => tail.published('shop', ALICE, { topic, payload: octets }, 1)
  return { tail, parts, publish }
}

describe('a tail', () => {
  it('shows as many lines as are wanted, and says how many more there were', () => {
    const { tail, parts, publish } = tailOf({ rate: 50 })
    for (let i = 0; i < 1_000; i++) publish()
    tail.tick(400)
    publish()
    tail.tick(400)
    tail.tick(400)
    expect(parts.map(({ lines, skipped }) => [lines.length, skipped])).toEqual([
      [10, 990],
      [1, 0],
    ])
  })

  it('shows fewer where others look, too', () => {
    const { tail, parts, publish } = tailOf({ rate: 500 })
    tail.tick(3)
    for (let i = 0; i < 10; i++) publish()
    tail.tick(3)
    expect(parts).toMatchObject([{ lines: { length: 3 }, skipped: 7 }])
  })

  it('drops the lines of a reader that is too slow, and says so when it reads again', () => {
    let isSlow = true
    const { tail, parts, publish } = tailOf({}, () => !isSlow)
    for (let second = 0; second < 100; second++) {
      for (let i = 0; i < 10; i++) publish()
      tail.tick(400)
    }
    expect(parts).toEqual([])
    isSlow = false
    publish()
    tail.tick(400)
    expect(parts).toMatchObject([{ lines: { length: 1 }, skipped: 1_000 }])
  })

  it('follows a bounded number of open calls, and shows a bounded number of those that end together', () => {
    const { tail, parts } = tailOf({ least_ms: 0, rate: 500 })
    const ends = Array.from({ length: 10_010 }, () => tail.called('shop', CALL, { procedure: 'com.a', payload: undefined }))
    expect(ends.filter((end) => end !== undefined)).toHaveLength(10_000)
    for (const end of ends) end?.(CALL, 'result', undefined)
    tail.tick(400)
    expect(parts).toMatchObject([{ lines: { length: 100 }, skipped: 9_910 }])
  })

  it('cuts what a stranger has made long, and shows nothing of the router itself', () => {
    const { tail, parts } = tailOf()
    tail.refused('shop', ALICE, { kind: 'call', uri: 'x'.repeat(1_000_000), payload: undefined, outcome: 'denied', error: 'wamp.error.a' })
    tail.published('shop', ROUTER, { topic: 'com.secret', payload: undefined }, 1)
    tail.changed('join', 'shop', ROUTER)
    tail.tick(400)
    expect(parts.flatMap(({ lines }) => lines).map(({ uri }) => uri)).toEqual([`${'x'.repeat(500)}…`])
  })

  it('has payload for so many octets at a time, and none for procedures of the router', () => {
    const { tail, parts, publish } = tailOf({}, undefined, new ShownPayload())
    const payload = Payload.fromRaw(createJsonSerializer(), new TextEncoder().encode(`["${'x'.repeat(8_000)}"]`), 1)
    publish('trunkline.auth.renew_token', payload)
    for (let i = 0; i < 15; i++) publish('com.a', payload)
    tail.tick(400)
    const shown = parts.flatMap(({ lines }) => lines).map((line) => line.payload !== null)
    expect(shown).toEqual([false, ...Array.from({ length: 8 }, () => true), ...Array.from({ length: 7 }, () => false)])
  })
})

describe('a reader that has stopped reading', () => {
  it('keeps its session, and what is queued for it is bounded', async () => {
    const log = new LeveledLog({ debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined })
    const open = ['**', 'trunkline.**'].map((uri) => ({ uri, allow: ['call', 'publish'] as const }))
    const realm = { anonymousRole: 'all', roles: { all: open } }
    const router = createRouter({ realms: { trunkline: realm, shop: realm }, log })
    const admin = new AdminApi({ router, log, stop: () => {} })
    await admin.settle('trunkline')
    const join = (name: string) => {
      const sent: unknown[][] = []
      const transport = {
        serializer: 'json' as const,
        maxSendBytes: 1_000_000,
        isWritable: true,
        pendingBytes: 0,
        info: { kind: 'websocket' as const, peer: name, isSecure: false },
        send: (octets: Uint8Array) => void sent.push(JSON.parse(Buffer.from(octets).toString()) as unknown[]),
        close: () => undefined,
        destroy: () => undefined,
      }
      const owner = router.accept(transport)
      const say = (...message: unknown[]): void => owner.onMessage(new TextEncoder().encode(JSON.stringify(message)))
      say(1, name, { roles: { caller: { features: { progressive_call_results: true } }, publisher: {} } })
      return { sent, transport, owner, say }
    }
    const [reader, writer] = [join('trunkline'), join('shop')]
    reader.say(48, 1, { receive_progress: true }, 'trunkline.admin.view.tail', [], { rate: 500, realm: 'shop' })
    await expect.poll(() => router.witnesses.traffic).toBeDefined()
    Object.assign(reader.transport, { isWritable: false, pendingBytes: 1 })
    const id = reader.sent[0]?.[1] as number
    const backlog = () => router.realm('trunkline')?.sessionRow(id)?.backlog?.replyBytes ?? 0
    let request = 0
    const timer = setInterval(() => {
      for (let i = 1; i < 200; i++) writer.say(16, ++request, {}, `com.example.${'x'.repeat(400)}`)
    }, 50)
    await expect.poll(backlog).toBeGreaterThan(65_536)
    const full = backlog()
    const looks = vi.spyOn(router, 'realm')
    await expect.poll(() => looks.mock.calls.length).toBeGreaterThanOrEqual(3)
    looks.mockRestore()
    expect([backlog(), router.realm('trunkline')?.sessionRow(id)?.id]).toEqual([full, id])
    clearInterval(timer)
    Object.assign(reader.transport, { isWritable: true, pendingBytes: 0 })
    reader.owner.onDrain()
    const skipped = () => reader.sent.filter(([type]) => type === 50).map((message) => (message[3] as [{ skipped: number }])[0].skipped)
    await expect.poll(() => skipped().at(-1)).toBeGreaterThan(100)
    admin.stop()
    for (const { owner } of [reader, writer]) owner.onClose()
    await router.close()
  })
})
