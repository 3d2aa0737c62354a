// Shows that the client asks a router only for what it announced, with a scripted router.

import { describe, expect, it } from 'vitest'
import type { Session } from './session.ts'
import { openScripted, WELCOME_DETAILS } from './testing/scripted-router.ts'

const BARE = { roles: { broker: { features: {} }, dealer: {} } }
const nothing = (): undefined => undefined

const USES: readonly (readonly [string, (session: Session) => Promise<unknown>])[] = [
  ['call_timeout', (s) => s.call('com.example.a', [], { timeout: 5 })],
  ['caller_identification', (s) => s.call('com.example.a', [], { discloseMe: true })],
  ['payload_passthru_mode', (s) => s.call('com.example.a', [new Uint8Array(1)], { pptScheme: 'x_mine' })],
  ['pattern_based_registration', (s) => s.register('com.example.', nothing, { match: 'prefix' })],
  ['shared_registration', (s) => s.register('com.example.a', nothing, { invoke: 'random' })],
  ['caller_identification', (s) => s.register('com.example.a', nothing, { discloseCaller: true })],
  ['call_timeout', (s) => s.register('com.example.a', nothing, { forwardTimeout: true })],
  ['publisher_exclusion', (s) => s.publish('com.example.a', [], { excludeMe: false })],
  ['publisher_identification', (s) => s.publish('com.example.a', [], { discloseMe: true })],
  ['subscriber_blackwhite_listing', (s) => s.publish('com.example.a', [], { exclude: [1] })],
  ['subscriber_blackwhite_listing', (s) => s.publish('com.example.a', [], { eligible: [] })],
  ['subscriber_blackwhite_listing', (s) => s.publish('com.example.a', [], { eligibleAuthrole: ['staff'] })],
  ['event_retention', (s) => s.publish('com.example.a', [], { retain: true })],
  ['payload_passthru_mode', (s) => s.publish('com.example.a', [new Uint8Array(1)], { pptScheme: 'x_mine' })],
  ['pattern_based_subscription', (s) => s.subscribe('com..a', nothing, { match: 'wildcard' })],
  ['event_retention', (s) => s.subscribe('com.example.a', nothing, { getRetained: true })],
]

describe('an option that needs more than the router announced', () => {
  it.each(USES)('is refused here, by the name of %s, and takes no id [AP-FEAT-05 AP-FEAT-06]', async (feature, use) => {
    const { session, router } = await openScripted({}, BARE)
    await expect(use(session)).rejects.toMatchObject({ code: 'TL_NOT_ANNOUNCED', message: expect.stringContaining(feature) as string })
    void session.call('com.example.b').catch(nothing)
    expect(router.take()).toEqual([[48, 1, {}, 'com.example.b']])
  })

  it.each(USES)('is sent where %s was announced', async (_feature, use) => {
    const { session, router } = await openScripted()
    void use(session).catch(nothing)
    expect(router.take()).toHaveLength(1)
  })
})

it.each<[string, (session: Session) => Promise<unknown>, Record<string, unknown>]>([
  ['CALL may ask to disclose the caller [AP-RPC-CID-02]', (s) => s.call('com.a', [], { discloseMe: true }), { disclose_me: true }],
  [
    'REGISTER may ask for the callers [AP-RPC-CID-07]',
    (s) => s.register('com.a', nothing, { discloseCaller: true }),
    { disclose_caller: true },
  ],
  [
    'REGISTER may ask for the limits of time [AP-RPC-TMO-09]',
    (s) => s.register('com.a', nothing, { forwardTimeout: true }),
    { forward_timeout: true },
  ],
  ['PUBLISH may ask to disclose the publisher [AP-PS-PID-02]', (s) => s.publish('com.a', [], { discloseMe: true }), { disclose_me: true }],
  ['PUBLISH may ask to retain the event [AP-PS-RET-02]', (s) => s.publish('com.a', [], { retain: true }), { retain: true }],
  [
    'SUBSCRIBE may ask for retained events [AP-PS-RET-08]',
    (s) => s.subscribe('com.a', nothing, { getRetained: true }),
    { get_retained: true },
  ],
])('%s', async (_title, use, options) => {
  const { session, router } = await openScripted()
  void use(session).catch(nothing)
  expect(router.take()).toEqual([[expect.any(Number), 1, options, 'com.a']])
})

it('options that ask for nothing need nothing', async () => {
  const { session, router } = await openScripted({}, BARE)
  void session.subscribe('com.example.a', nothing, { match: 'exact', getRetained: false }).catch(nothing)
  void session.register('com.example.a', nothing, { match: 'exact', invoke: 'single', discloseCaller: false }).catch(nothing)
  void session.publish('com.example.a', [], { excludeMe: true, retain: false, acknowledge: true }).catch(nothing)
  expect(router.take()).toHaveLength(3)
})

it('a feature is announced by true alone [AP-FEAT-06]', async () => {
  const { session } = await openScripted({}, { roles: { dealer: { features: { call_timeout: 1, call_canceling: true } } } })
  expect(session.supports('dealer', 'call_timeout')).toBe(false)
  expect(session.supports('dealer', 'call_canceling')).toBe(true)
  expect(session.supports('broker', 'event_history')).toBe(false)
  expect((await openScripted({}, WELCOME_DETAILS)).session.supports('broker', 'event_retention')).toBe(true)
})

describe('payload passthru mode without a codec', () => {
  it('takes one binary item and refuses all else [AP-PPT-11 AP-PPT-16]', async () => {
    const { session, router } = await openScripted()
    const bytes = new Uint8Array([1, 2])
    const ppt_scheme = 'mqtt'
    await session.publish('com.example.a', [bytes], { pptScheme: ppt_scheme, pptSerializer: 'native' })
    expect(router.take()).toEqual([[16, 1, { ppt_scheme, ppt_serializer: 'native' }, 'com.example.a', [bytes]]])
    for (const [args, kwargs] of [[['text']], [[bytes, bytes]], [[bytes], { a: 1 }], [[]]] as [unknown[], Record<string, unknown>?][]) {
      await expect(session.publish('com.example.a', args, { kwargs, pptScheme: ppt_scheme })).rejects.toMatchObject({ code: 'TL_USAGE' })
    }
    await expect(session.publish('com.example.a', [bytes], { pptScheme: '' })).rejects.toMatchObject({ code: 'TL_USAGE' })
    await expect(session.publish('com.example.a', [bytes], { pptKeyid: 'x' })).rejects.toMatchObject({ code: 'TL_USAGE' })
    expect(router.take()).toEqual([])
  })

  it('needs no serializer, cipher or key for the scheme mqtt [AP-PPT-19]', async () => {
    const { session, router } = await openScripted()
    await session.publish('com.example.a', [new Uint8Array([1])], { pptScheme: 'mqtt' })
    expect(router.take()).toEqual([[16, 1, { ppt_scheme: 'mqtt' }, 'com.example.a', [new Uint8Array([1])]]])
  })

  it.each(['native', 'json', 'msgpack', 'cbor', 'flatbuffers'])(
    'names the serializer %s and hands the octets on as they are [AP-PPT-12 AP-PPT-22]',
    async (ppt_serializer) => {
      const { session, router } = await openScripted()
      const seen: unknown[] = []
      const octets = new Uint8Array([0xc1, 0, 0xff])
      const details = { ppt_scheme: 'mqtt', ppt_serializer }
      void session.subscribe('com.example.a', (event) => seen.push([event.args, event.details]))
      await session.publish('com.example.a', [octets], { pptScheme: 'mqtt', pptSerializer: ppt_serializer })
      expect(router.take()[1]).toEqual([16, 2, details, 'com.example.a', [octets]])
      router.says([33, 1, 500], [36, 500, 1, details, [octets]])
      expect(seen).toEqual([[[octets], details]])
    },
  )

  it('hands binary items to the application as they are, with their attributes [AP-PPT-07 AP-PPT-25]', async () => {
    const { session, router } = await openScripted()
    const seen: unknown[] = []
    void session.subscribe('com.example.a', ({ args, details }) => seen.push([args, details['ppt_scheme'] ?? details['enc_algo']]))
    const bytes = new Uint8Array([1])
    router.says([33, 1, 500], [36, 500, 1, { ppt_scheme: 'x_mine' }, [bytes]], [36, 500, 2, { enc_algo: 'cryptobox' }, bytes])
    expect(seen).toEqual([
      [[bytes], 'x_mine'],
      [[bytes], 'cryptobox'],
    ])
  })
})
