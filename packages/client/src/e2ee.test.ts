// Shows payloads that only the ends can read, with scripted routers that see what a router sees.

import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { createCborSerializer, Payload, PayloadError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { encrypted } from './e2ee.ts'
import type { EncryptionOptions } from './e2ee.ts'
import { openScripted, turn } from './testing/scripted-router.ts'

const KEY = new Uint8Array(32).fill(7)
const OTHER = new Uint8Array(32).fill(8)
const ATTRIBUTES = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'xsalsa20poly1305', ppt_keyid: 'k1' }
const USE = { kind: 'publish', uri: 'com.secret.a' } as const

const codec = (options: Partial<EncryptionOptions> = {}): ReturnType<typeof encrypted> =>
  encrypted({ keys: { k1: KEY }, keyFor: (uri) => (uri.startsWith('com.secret.') ? 'k1' : undefined), ...options })

function binaryIn(list: readonly unknown[] | undefined): Uint8Array {
  const [item, ...more] = (list?.at(-1) ?? []) as unknown[]
  expect(more).toEqual([])
  expect(item).toBeInstanceOf(Uint8Array)
  return item as Uint8Array
}

describe('an encrypted payload', () => {
  it('goes out as one binary item with its attributes; the router sees none of it [AP-PPT-11 AP-PPT-13 AP-PPT-14 AP-PPT-16 AP-PPT-20]', async () => {
    const { session, router } = await openScripted({ payloadCodec: codec() })
    await session.publish('com.secret.a', ['the secret'], { kwargs: { of: 'mine' }, excludeMe: false })
    const [sent] = router.take()
    expect(sent?.slice(0, 4)).toEqual([16, 1, { exclude_me: false, ...ATTRIBUTES }, 'com.secret.a'])
    expect(sent).toHaveLength(5)
    expect(Buffer.from(binaryIn(sent)).includes('secret')).toBe(false)
  })

  it('goes from end to end: call, progress, result, error and event [AP-PPT-24 AP-PPT-26]', async () => {
    const a = await openScripted({ payloadCodec: codec() })
    const b = await openScripted({ payloadCodec: codec(), exposeErrors: true, onError: () => undefined })
    const seen: unknown[] = []
    void b.session.register('com.secret.proc', ({ args, kwargs }) => {
      seen.push([args, kwargs])
      if (args[0] === 'fail') throw new Error('a secret text')
      return 'answer'
    })
    void b.session.subscribe('com.secret.topic', ({ args, kwargs }) => seen.push([args, kwargs]))
    b.router.says([65, 1, 900], [33, 2, 500])
    await turn()
    b.router.take()
    const good = a.session.call('com.secret.proc', ['x', 2n ** 60n], { kwargs: { y: null } })
    const bad = a.session.call('com.secret.proc', ['fail']).catch((error: unknown) => error)
    await a.session.publish('com.secret.topic', [], { kwargs: { only: 'kwargs' } })
    const [first, second, third] = a.router.take()
    b.router.says([68, 1, 900, first?.[2], first?.[4]], [68, 2, 900, second?.[2], second?.[4]], [36, 500, 1, third?.[2], third?.[4]])
    const [result, error] = b.router.take()
    expect(result?.[2]).toEqual(ATTRIBUTES)
    expect(error?.[3]).toEqual(ATTRIBUTES)
    a.router.says([50, 1, result?.[2], result?.[3]], [8, 48, 2, error?.[3], error?.[4], error?.[5]])
    expect(seen).toEqual([
      [['x', 2n ** 60n], { y: null }],
      [['fail'], {}],
      [[], { only: 'kwargs' }],
    ])
    expect(await good).toBe('answer')
    expect(await bad).toMatchObject({ uri: 'wamp.error.runtime_error', args: ['a secret text'] })
  })

  it('is one dict of args and kwargs in CBOR, behind its nonce [AP-PPT-17]', () => {
    const { payload } = codec().seal(USE, [1], { a: 2 }, {})
    const data = payload?.args[0] as Uint8Array
    // {"args": [1], "kwargs": {"a": 2}}
    const plain = Buffer.from('a26461726773810166' + '6b7761726773a1616102', 'hex')
    expect(data).toHaveLength(24 + 16 + plain.length)
    expect(createCborSerializer().encodeItems([{ args: [1], kwargs: { a: 2 } }])).toEqual(new Uint8Array(plain))
  })

  it.each(['xsalsa20poly1305', 'aes256gcm'] as const)(
    'by %s is read whatever cipher the reader writes, and differs each time',
    (cipher) => {
      const { options, payload } = codec({ cipher }).seal(USE, ['x'], {}, {})
      const again = codec({ cipher }).seal(USE, ['x'], {}, {})
      expect(options['ppt_cipher']).toBe(cipher)
      expect(again.payload?.args).not.toEqual(payload?.args)
      expect(codec().open(USE, payload, options)).toEqual({ args: ['x'], kwargs: {} })
    },
  )

  it('is read by each key of its URI, and sent by the first, so that keys can be changed', () => {
    const { options, payload } = codec().seal(USE, ['old'], {}, {})
    const changed = codec({ keys: { k1: KEY, k2: OTHER }, keyFor: () => ['k2', 'k1'] })
    expect(changed.open(USE, payload, options).args).toEqual(['old'])
    expect(changed.seal(USE, ['new'], {}, {}).options['ppt_keyid']).toBe('k2')
  })

  it('goes in the clear where there is no key for the URI', async () => {
    const { session, router } = await openScripted({ payloadCodec: codec() })
    await session.publish('com.open.a', ['seen'], { kwargs: { by: 'all' } })
    expect(router.take()).toEqual([[16, 1, {}, 'com.open.a', ['seen'], { by: 'all' }]])
  })

  it('is never sent in the clear: an unknown key and a router without passthru are refused', async () => {
    const { session, router } = await openScripted({ payloadCodec: codec({ keys: {} }) })
    await expect(session.publish('com.secret.a', ['x'])).rejects.toMatchObject({ code: 'TL_USAGE' })
    expect(router.take()).toEqual([])
    for (const none of ['', []]) expect(() => codec({ keyFor: () => none }).seal(USE, ['x'], {}, {})).toThrow('names no key')
    const without = await openScripted({ payloadCodec: codec() }, { roles: { broker: {}, dealer: {} } })
    await expect(without.session.call('com.secret.a', ['x'])).rejects.toMatchObject({ code: 'TL_NOT_ANNOUNCED' })
    await expect(without.session.publish('com.secret.a', ['x'])).rejects.toMatchObject({ code: 'TL_NOT_ANNOUNCED' })
    expect(without.router.take()).toEqual([])
  })
})

describe('what is not as it should be', () => {
  const { options, payload } = codec().seal(USE, ['x'], {}, {})
  const data = payload?.args[0] as Uint8Array
  const changed = data.slice()
  changed[30] = (changed[30] ?? 0) ^ 1
  it.each<[string, unknown, Record<string, unknown>]>([
    ['a changed octet', [changed], options],
    ['a cut end', [data.subarray(0, 20)], options],
    ['another key', [data], { ...options, ppt_keyid: 'k2' }],
    ['an unknown key', [data], { ...options, ppt_keyid: 'k9' }],
    ['an unknown cipher', [data], { ...options, ppt_cipher: 'rot13' }],
    ['another cipher', [data], { ...options, ppt_cipher: 'aes256gcm' }],
    ['another serializer', [data], { ...options, ppt_serializer: 'flatbuffers' }],
    ['no encryption at all', ['x'], {}],
    ['a text in place of octets', ['x'], options],
  ])('is refused: %s', (_what, args, details) => {
    const reader = codec({ keys: { k1: KEY, k2: OTHER } })
    expect(() => reader.open(USE, Payload.fromValues(args as unknown[]), details)).toThrow(PayloadError)
  })

  it('is refused: a payload by a key of other URIs, which those who have only that could send', () => {
    const { options, payload } = codec({ keys: { k2: OTHER }, keyFor: () => 'k2' }).seal(USE, ['forged'], {}, {})
    const reader = codec({ keys: { k1: KEY, k2: OTHER } })
    expect(() => reader.open(USE, payload, options)).toThrow(PayloadError)
    expect(reader.open({ ...USE, uri: 'com.open.a' }, payload, options).args).toEqual(['forged'])
  })

  it('is told for events, ends a call, and is answered by invalid_argument; nobody else is harmed', async () => {
    const told: unknown[] = []
    const { session, router } = await openScripted({ payloadCodec: codec(), onError: (_error, source) => told.push(source) })
    const seen: unknown[] = []
    void session.subscribe('com.secret.a', () => seen.push('event'))
    void session.register('com.secret.b', () => seen.push('call'))
    const call = session.call('com.secret.c')
    router.take()
    router.says([33, 1, 500], [65, 2, 900], [36, 500, 1, options, [changed]], [36, 500, 2, {}, ['clear']], [68, 1, 900, {}, ['clear']])
    router.says([50, 3, {}, ['clear']])
    await expect(call).rejects.toThrow(PayloadError)
    expect(seen).toEqual([])
    expect(told).toEqual(['payload', 'payload', 'payload'])
    expect(router.take().map((list) => list.slice(0, 3).concat(list[4]))).toEqual([[8, 68, 1, 'wamp.error.invalid_argument']])
    expect(session.isOpen).toBe(true)
  })

  it('takes an error that the router made itself', async () => {
    const { session, router } = await openScripted({ payloadCodec: codec() })
    const call = session.call('com.secret.c').catch((error: unknown) => error)
    router.says([8, 48, 1, {}, 'wamp.error.no_such_procedure', ['nobody']])
    expect(await call).toMatchObject({ uri: 'wamp.error.no_such_procedure', args: ['nobody'] })
  })

  it('is refused: plain text that is no well-formed CBOR, or is none of ours', () => {
    const box = (plain: number[]): Payload | undefined => {
      const nonce = new Uint8Array(24)
      const boxed = xsalsa20poly1305(KEY, nonce).encrypt(Uint8Array.from(plain))
      return Payload.fromValues([Uint8Array.from([...nonce, ...boxed])])
    }
    // An endless list, a cut one, more than one value, a number, args that are none, bad UTF-8.
    for (const plain of [[0x9f, 1], [0x9b, 1, 0, 0, 0, 0, 0, 0, 0], [1, 1], [1], [0xa1, 0x64, 97, 114, 103, 115, 1], [0x61, 0xff]]) {
      expect(() => codec().open(USE, box(plain), ATTRIBUTES)).toThrow(PayloadError)
    }
  })

  it('a key has 32 octets', () => {
    expect(() => codec({ keys: { k1: new Uint8Array(16) } })).toThrow(/k1.*32 octets/)
  })
})
