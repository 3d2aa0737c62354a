// Shows that a procedure which is taken over by force has a callee all the time, whatever the order in which frames come.

import { CALL, CANCEL, EMPTY_DICT, INVOCATION, REGISTER, uris } from '@trunkline/protocol'
import { Random } from '@trunkline/testkit/simulation'
import { describe, expect, it } from 'vitest'
import type { Member } from '../testing/joined-realms.ts'
import { JoinedRealms } from '../testing/joined-realms.ts'
import { call, callOf, expectNothingOpen, invocationOf, register, seen } from '../testing/remote-calls.ts'
import { Callee, Callers } from '../testing/taken-procedure.ts'

/** Each test takes some of them: orders of frames, callees and callers. */
const SEEDS = [1, 51, 101, 151].map((first) => Array.from({ length: 50 }, (_, i) => first + i))
const BLOCKS = SEEDS.map((seeds) => [`${seeds[0]} to ${seeds.at(-1)}`, seeds] as const)
const FORCE = { force_reregister: true }

interface Scene {
  readonly realms: JoinedRealms
  readonly random: Random
  readonly callers: Callers
  readonly before: readonly Callee[]
}

/** Some callees on drawn nodes, which have the procedure. */
function sceneOf(seed: number): Scene {
  const random = new Random(seed)
  const realms = new JoinedRealms(random.between(2, 4), { prefersOwn: random.percent(50) })
  const callers = new Callers(realms)
  const invoke = random.pick(['single', 'single', 'first', 'last', 'roundrobin', 'random'])
  const before = Array.from({ length: invoke === 'single' ? 1 : random.between(1, 3) }, (_, i) => {
    const callee = new Callee(`before-${i}`, random.pick(realms.nodes).join())
    register(callee.member, { invoke })
    realms.deliverAll()
    callee.look()
    return callee
  })
  return { realms, random, callers, before }
}

function allLook(callees: readonly Callee[], callers: Callers): void {
  while (callees.map((callee) => callee.look()).includes(true));
  callers.look()
}

/** Lets frames pass in a drawn order, with calls in between, until all is quiet. */
function goOn({ realms, random, callers, before }: Scene, takers: readonly Callee[], afterEach = (): void => {}): void {
  const all = [...before, ...takers]
  for (let calls = 40; ;) {
    if (calls > 0 && random.percent(40)) {
      calls--
      const taken = takers.filter(({ isRegistered }) => isRegistered)
      callers.call(
        random,
        (taken.length > 0 ? takers : all).map(({ name }) => name),
      )
    }
    const isQuiet = !realms.deliverOne((below) => random.below(below))
    allLook(all, callers)
    afterEach()
    if (isQuiet && calls === 0) return
  }
}

describe('a procedure that is taken by force', () => {
  it.each(BLOCKS)('answers each call, those after the REGISTERED of the new callee by that one: orders %s', (_, seeds) => {
    let answers = 0
    for (const seed of seeds) {
      const scene = sceneOf(seed)
      const { realms, random, callers, before } = scene
      const taker = new Callee('taker', random.pick(realms.nodes).join())
      register(taker.member, { ...FORCE, invoke: random.pick(['single', 'roundrobin']) })
      goOn(scene, [taker])
      expect(callers.open).toBe(0)
      expectNothingOpen(realms)
      expect(taker.isRegistered).toBe(true)
      expect(before.some(({ isRegistered }) => isRegistered)).toBe(false)
      const tables = realms.nodes.map((node) => JSON.stringify(realms.tableOf(node)))
      expect(new Set(tables).size).toBe(1)
      answers += callers.answers
    }
    expect(answers).toBeGreaterThan(seeds.length * 20)
  })

  it.each(BLOCKS)('answers each call when two take it at once, of which one stays: orders %s', (_, seeds) => {
    let lost = 0
    for (const seed of seeds) {
      const scene = sceneOf(seed)
      const { realms, random, callers } = scene
      const takers = ['one', 'other'].map((name) => new Callee(name, random.pick(realms.nodes).join()))
      for (const { member } of takers) {
        register(member, FORCE)
        for (let i = random.below(8); i > 0; i--) realms.deliverOne((below) => random.below(below))
        allLook([...scene.before, ...takers], callers)
      }
      goOn(scene, takers)
      expect(callers.open).toBe(0)
      expectNothingOpen(realms)
      expect(takers.filter(({ isRegistered }) => isRegistered)).toHaveLength(1)
      lost += takers.filter(({ hasLost }) => hasLost).length
    }
    expect(lost).toBeGreaterThan(5)
  })

  it('stays with its callees when the session that wants it leaves before it has claimed it', () => {
    const realms = new JoinedRealms(3)
    const [taker, holder, caller] = [realms.at(0).join(), realms.at(1).join(), realms.at(2).join()]
    register(holder)
    realms.deliverAll()
    holder.take()
    register(taker, FORCE)
    realms.deliverBetween(realms.at(0), realms.at(2))
    taker.leave()
    realms.deliverAll()
    call(caller)
    realms.deliverAll()
    expect([seen(holder), seen(caller)]).toEqual([[['INVOCATION', {}, undefined]], []])
    holder.leave()
    realms.deliverAll()
    for (const { neighbours } of realms.nodes) for (const { sessions } of neighbours.values()) expect(sessions.callees).toEqual([])
  })

  it('is no callee of a session whose right to it has ended before it has claimed it', () => {
    const realms = new JoinedRealms(2)
    const [taker, holder] = [realms.at(0).join(), realms.at(1).join()]
    register(holder)
    realms.deliverAll()
    holder.take()
    register(taker, FORCE)
    Object.assign(taker.session.identity, { authrole: 'nobody' })
    expect(realms.at(0).realm.judgeAgain(taker.session)).toMatchObject({ registrationsRevoked: 1 })
    expect(seen(taker)).toEqual([['ERROR', REGISTER, uris.NOT_AUTHORIZED]])
    realms.deliverAll()
    expect(seen(taker)).toEqual([])
  })

  it('counts to the limit of its session while it is announced', () => {
    const realms = new JoinedRealms(2, { options: { limits: { registrations: 1 } } })
    const [taker, holder, other] = [realms.at(0).join(), realms.at(1).join(), realms.at(1).join()]
    register(holder)
    register(other, EMPTY_DICT, 'com.example.other')
    realms.deliverAll()
    register(taker, FORCE)
    register(taker, FORCE, 'com.example.other')
    realms.deliverAll()
    expect(seen(taker)).toEqual([['ERROR', REGISTER, uris.LIMIT_EXCEEDED], 'REGISTERED'])
  })
})

describe('calls to a callee that waits for its REGISTERED', () => {
  /** A callee that has taken the procedure, as far as it can tell itself. */
  function waiting(): { realms: JoinedRealms; taker: Member; caller: Member } {
    const realms = new JoinedRealms(2)
    const [taker, holder, caller] = [realms.at(0).join(), realms.at(0).join(), realms.at(0).join()]
    register(holder)
    realms.deliverAll()
    register(taker, FORCE)
    while (seen(holder).every((message) => JSON.stringify(message) !== JSON.stringify(['UNREGISTERED', 'trunkline.error.taken_over'])))
      expect(realms.deliverOne()).toBe(true)
    return { realms, taker, caller }
  }

  it('wait for it, in order, and with all chunks', () => {
    const { realms, taker, caller } = waiting()
    const id = call(caller, { progress: true }, 'first')
    caller.say(callOf(id, EMPTY_DICT, ['second']))
    expect(seen(taker)).toEqual([])
    realms.deliverAll()
    expect(seen(taker)).toEqual(['REGISTERED', ['INVOCATION', { progress: true }, ['first']], ['INVOCATION', {}, ['second']]])
  })

  it('do not reach it when they were canceled meanwhile, or have taken too long', () => {
    const { realms, taker, caller } = waiting()
    const id = call(caller)
    caller.say({ type: CANCEL, request: id, options: { mode: 'killnowait' } })
    call(caller, { timeout: 10 })
    realms.advance(10)
    expect(seen(caller)).toEqual([
      ['ERROR', CALL, uris.CANCELED],
      ['ERROR', CALL, uris.TIMEOUT],
    ])
    realms.deliverAll()
    call(caller)
    expect(taker.take().slice(1)).toMatchObject([{ type: INVOCATION, request: 1 }])
  })

  it('are refused when its queue has no room for them then', () => {
    const { realms, taker, caller } = waiting()
    call(caller)
    taker.isFull = true
    realms.deliverAll()
    expect([seen(taker), seen(caller)]).toEqual([['REGISTERED'], [['ERROR', CALL, uris.UNAVAILABLE]]])
    taker.isFull = false
    call(caller)
    expect(invocationOf(taker).request).toBe(1)
  })

  it('are refused beyond 1,024', () => {
    const { realms, taker, caller } = waiting()
    for (let i = 0; i < 1_030; i++) call(caller)
    expect(seen(caller)).toEqual(Array.from({ length: 6 }, () => ['ERROR', CALL, uris.UNAVAILABLE]))
    realms.deliverAll()
    expect(taker.take()).toHaveLength(1_025)
  })

  it('are unmatched when it leaves before', () => {
    const { realms, taker, caller } = waiting()
    call(caller)
    taker.leave()
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.NO_SUCH_PROCEDURE]])
    realms.deliverAll()
    expectNothingOpen(realms)
    expect(realms.tableOf(realms.at(0))).toEqual({})
  })
})
