// Shows registrations over several nodes: which callee gets a procedure, and when that counts.

import { CALL, EMPTY_DICT, REGISTER, TAKEN_OVER, UNREGISTER, UNREGISTERED, uris } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import type { Member } from '../testing/joined-realms.ts'
import { ALL_FEATURES, JoinedRealms } from '../testing/joined-realms.ts'
import { call, PROCEDURE, register, scene, seen, unregister } from '../testing/remote-calls.ts'

describe('a claim', () => {
  it('answers REGISTER when every linked node knows of it', () => {
    const realms = new JoinedRealms(3)
    const callee = realms.at(0).join()
    register(callee)
    realms.deliverAll()
    expect(seen(callee)).toEqual(['REGISTERED'])
    const alone = new JoinedRealms(1).at(0).join()
    register(alone)
    expect(seen(alone)).toEqual(['REGISTERED'])
  })

  it('is not called before that', () => {
    const realms = new JoinedRealms(3)
    const [a, b] = [realms.at(0), realms.at(1)]
    const [callee, near, far] = [a.join(), a.join(), b.join()]
    realms.deliverAll()
    register(callee)
    call(near)
    expect(seen(near)).toEqual([['ERROR', CALL, uris.NO_SUCH_PROCEDURE]])
    realms.deliverBetween(a, b)
    expect(b.realm.dealer.match(PROCEDURE)).toBeDefined()
    call(far) // The other node knows of the callee, which does not know that yet.
    for (let i = 0; i < 3; i++) realms.deliverBetween(a, b)
    expect([callee.received, far.received]).toMatchObject([[], [{ error: uris.NO_SUCH_PROCEDURE }]])
    realms.deliverAll()
    expect(seen(far)).toEqual([['ERROR', CALL, uris.NO_SUCH_PROCEDURE]])
    expect(seen(callee)).toEqual(['REGISTERED'])
  })

  it('does not hide a shorter pattern before that', () => {
    const realms = new JoinedRealms(2)
    const [callee, other, caller] = [realms.at(0).join(), realms.at(0).join(), realms.at(0).join()]
    register(callee, { match: 'prefix' }, 'com.example')
    realms.deliverAll()
    callee.take()
    register(other)
    call(caller)
    expect(seen(callee)).toEqual([['INVOCATION', { procedure: PROCEDURE }, undefined]])
  })

  it('is refused at once where another node has the procedure', () => {
    const { a } = scene()
    const late = a.join()
    register(late)
    expect(seen(late)).toEqual([['ERROR', REGISTER, uris.PROCEDURE_ALREADY_EXISTS]])
  })

  it('loses to the earlier one that it crosses', () => {
    const realms = new JoinedRealms(2)
    const [first, second] = [realms.at(1).join(), realms.at(0).join()]
    register(first)
    realms.clock.advance(1)
    register(second)
    realms.deliverAll()
    expect([seen(first), seen(second)]).toEqual([['REGISTERED'], [['ERROR', REGISTER, uris.PROCEDURE_ALREADY_EXISTS]]])
    expect(realms.tableOf(realms.at(0))).toEqual(realms.tableOf(realms.at(1)))
  })

  it('by force takes the procedure from a callee of another node', () => {
    const { realms, a, b, callee } = scene()
    const taker = a.join()
    register(taker, { force_reregister: true })
    realms.deliverAll()
    expect([seen(taker), seen(callee)]).toEqual([['REGISTERED'], [['UNREGISTERED', TAKEN_OVER]]])
    expect(realms.tableOf(a)).toEqual(realms.tableOf(b))
    expect(Object.values(realms.tableOf(a))).toHaveLength(1)
  })

  it('by force wins over an earlier and over a later one that it crosses', () => {
    for (const isLater of [false, true]) {
      const realms = new JoinedRealms(2)
      const [plain, forced] = [realms.at(1).join(), realms.at(0).join()]
      if (isLater) register(plain)
      register(forced, { force_reregister: true })
      realms.clock.advance(1)
      if (!isLater) register(plain)
      realms.deliverAll()
      expect([seen(forced), seen(plain)]).toEqual([['REGISTERED'], [['ERROR', REGISTER, uris.PROCEDURE_ALREADY_EXISTS]]])
    }
  })

  it('is withdrawn when its session leaves', () => {
    const realms = new JoinedRealms(2)
    const callee = realms.at(0).join()
    register(callee)
    callee.leave()
    realms.deliverAll()
    expect(realms.nodes.map((node) => realms.tableOf(node))).toEqual([{}, {}])
  })

  it('is no registration yet: UNREGISTER finds none, and REGISTER again is answered with the first', () => {
    const realms = new JoinedRealms(2)
    const callee = realms.at(0).join()
    const options = { invoke: 'first' }
    register(callee, options)
    register(callee, options)
    const registration = realms.idOf(`registration exact ${PROCEDURE}`)
    unregister(callee, registration)
    expect(seen(callee)).toEqual([['ERROR', UNREGISTER, uris.NO_SUCH_REGISTRATION]])
    realms.deliverAll()
    expect(seen(callee)).toEqual(['REGISTERED', 'REGISTERED'])
    register(callee, options)
    expect(seen(callee)).toEqual(['REGISTERED'])
  })

  it('meets the other after a partition: the later callee stays', () => {
    const realms = new JoinedRealms(2)
    const [a, b] = [realms.at(0), realms.at(1)]
    realms.cut(a, b)
    const [first, second] = [a.join(), b.join()]
    register(first)
    realms.clock.advance(1)
    register(second)
    expect([seen(first), seen(second)]).toEqual([['REGISTERED'], ['REGISTERED']])
    realms.link(a, b)
    realms.deliverAll()
    expect(seen(second)).toEqual([])
    expect(first.take()).toMatchObject([{ type: UNREGISTERED, request: 0 }])
    expect(realms.tableOf(a)).toEqual(realms.tableOf(b))
  })

  it('of the node whose clock is ahead counts as the later one', () => {
    const realms = new JoinedRealms(2, { skews: [0, 60_000] })
    const [a, b] = [realms.at(0), realms.at(1)]
    realms.cut(a, b)
    const [behind, ahead] = [a.join(), b.join()]
    register(ahead)
    realms.clock.advance(1_000)
    register(behind)
    expect([seen(behind), seen(ahead)]).toEqual([['REGISTERED'], ['REGISTERED']])
    realms.link(a, b)
    realms.deliverAll()
    expect([seen(ahead), behind.take().map(({ type }) => type)]).toEqual([[], [UNREGISTERED]])
  })

  it('that is not answered yet loses to a registration that it meets after a partition', () => {
    const realms = new JoinedRealms(3)
    const [a, b, c] = [realms.at(0), realms.at(1), realms.at(2)]
    realms.cut(a, b)
    realms.cut(b, c)
    const [held, late] = [b.join(), a.join()]
    register(held)
    realms.clock.advance(1)
    register(late)
    realms.link(a, b)
    realms.deliverAll()
    expect([seen(held), seen(late)]).toEqual([['REGISTERED'], [['ERROR', REGISTER, uris.PROCEDURE_ALREADY_EXISTS]]])
  })

  it('is taken back by the node that sees both callees, when their own nodes see neither', () => {
    const realms = new JoinedRealms(3)
    const [a, b, c] = [realms.at(0), realms.at(1), realms.at(2)]
    realms.cut(a, b)
    const [first, second] = [a.join(), b.join()]
    register(first)
    realms.clock.advance(1)
    register(second)
    realms.deliverAll()
    expect([seen(first), seen(second)]).toEqual([['REGISTERED'], [['ERROR', REGISTER, uris.PROCEDURE_ALREADY_EXISTS]]])
    realms.link(a, b)
    realms.deliverAll()
    expect(realms.tableOf(a)).toEqual(realms.tableOf(b))
    expect(realms.tableOf(a)).toEqual(realms.tableOf(c))
  })

  it('of a callee of another node counts to no limit here', () => {
    const realms = new JoinedRealms(2, { options: { limits: { registrations: 1 } } })
    const callee = realms.at(0).join()
    register(callee)
    register(callee, EMPTY_DICT, 'com.example.other')
    realms.deliverAll()
    expect(seen(callee)).toEqual([['ERROR', REGISTER, uris.LIMIT_EXCEEDED], 'REGISTERED'])
  })

  it('gives callees of one name on two nodes different shares', () => {
    const realms = new JoinedRealms(2)
    const features = ALL_FEATURES
    const members = [realms.at(0).join(features), realms.at(1).join(features)]
    for (const { session } of members) Object.assign(session.identity, { authid: 'same' })
    for (const member of members) register(member, { invoke: '_sharded' })
    realms.deliverAll()
    const [callees] = Object.values(realms.tableOf(realms.at(0)))
    expect(new Set(callees?.map((row) => row.split(' ')[3]))).toEqual(new Set(['0', '1']))
    expect(realms.tableOf(realms.at(0))).toEqual(realms.tableOf(realms.at(1)))
  })
})

describe('the end of a registration', () => {
  const ENDED = 'wamp.registration.on_delete'
  const endsIn = (realms: JoinedRealms): number[] =>
    realms.nodes.map(({ published }) => published.filter((topic) => topic === ENDED).length)

  function shared(nodes: number): { realms: JoinedRealms; callees: readonly Member[] } {
    const realms = new JoinedRealms(nodes)
    const callees = realms.nodes.map((node) => node.join())
    for (const callee of callees) register(callee, { invoke: 'random' })
    realms.deliverAll()
    return { realms, callees }
  }

  it.each([2, 3])('is published by the node with the smallest name when the last callees of %i nodes leave at once', (nodes) => {
    const { realms, callees } = shared(nodes)
    for (const callee of callees.toReversed()) callee.leave()
    realms.deliverAll()
    expect(endsIn(realms)).toEqual(nodes === 2 ? [1, 0] : [1, 0, 0])
  })

  it('is published by the node whose callee is the last to leave', () => {
    const { realms, callees } = shared(3)
    for (const callee of callees) {
      callee.leave()
      realms.deliverAll()
    }
    expect(endsIn(realms)).toEqual([0, 0, 1])
  })

  it('is published by no node as long as there is a callee', () => {
    const { realms, callees } = shared(3)
    for (const callee of callees.slice(1)) callee.leave()
    realms.deliverAll()
    expect(endsIn(realms)).toEqual([0, 0, 0])
  })
})
