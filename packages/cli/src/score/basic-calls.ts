// Checks of the dealer of the Basic Profile.

import { CALL, ERROR, INVOCATION, REGISTER, REGISTERED, RESULT, UNREGISTER, UNREGISTERED, YIELD } from '@trunkline/protocol'
import { PAYLOAD } from './basic-events.ts'
import type { Check, Stage } from './check.ts'
import { payloadFrom } from './check.ts'
import type { List, Peer } from './peer.ts'
import { expectError, expectSame, expectThat, expectType } from './peer.ts'

/** Registers; resolves to the id of the registration. */
export async function registered(peer: Peer, uri: string, options: object = {}): Promise<unknown> {
  return (await peer.granted(REGISTERED, REGISTER, options, uri))[2]
}

/** A callee and a caller of a new procedure. */
export async function pair(
  stage: Stage,
  options: object = {},
): Promise<{ caller: Peer; callee: Peer; uri: string; registration: unknown }> {
  const [caller, callee] = (await stage.joinMany(2)) as [Peer, Peer]
  const uri = stage.uri()
  return { caller, callee, uri, registration: await registered(callee, uri, options) }
}

/** Answers the next invocation; resolves to it. */
export async function answered(callee: Peer, ...payload: List): Promise<List> {
  const invocation = await callee.message(INVOCATION)
  callee.send(YIELD, invocation[1], {}, ...payload)
  return invocation
}

/** The answer to a call, which has to be a RESULT. */
export async function resultOf(caller: Peer, id: number): Promise<List> {
  return expectType(await caller.answer(CALL, id), RESULT)
}

export const CALLS: readonly Check[] = [
  {
    ids: ['BP-RPC-01'],
    title: 'answers REGISTER by REGISTERED',
    run: async (stage) => void (await registered(await stage.join(), stage.uri())),
  },
  {
    ids: ['BP-RPC-02'],
    title: 'refuses a procedure that is registered',
    run: async (stage) => {
      const { caller, uri } = await pair(stage)
      expectError(await caller.request(REGISTER, {}, uri), 'wamp.error.procedure_already_exists')
    },
  },
  {
    ids: ['BP-RPC-03'],
    title: 'refuses to register a wrong URI',
    run: async (stage) => expectError(await (await stage.join()).request(REGISTER, {}, 'com..x'), 'wamp.error.invalid_uri'),
  },
  {
    ids: ['BP-RPC-05', 'BP-RPC-07', 'BP-RPC-14'],
    title: 'answers UNREGISTER, after which there is no such procedure',
    run: async (stage) => {
      const { caller, callee, uri, registration } = await pair(stage)
      await callee.granted(UNREGISTERED, UNREGISTER, registration)
      expectError(await caller.request(CALL, {}, uri), 'wamp.error.no_such_procedure')
    },
  },
  {
    ids: ['BP-RPC-06'],
    title: 'refuses to end a registration that there is not, or of another session',
    run: async (stage) => {
      const { caller, registration } = await pair(stage)
      expectError(await caller.request(UNREGISTER, 123_456_789), 'wamp.error.no_such_registration')
      expectError(await caller.request(UNREGISTER, registration), 'wamp.error.no_such_registration')
    },
  },
  {
    ids: ['BP-RPC-09', 'BP-RPC-10', 'BP-RPC-12', 'BP-SER-09'],
    title: 'passes the payload of calls and results unchanged',
    run: async (stage) => {
      const { caller, callee, uri, registration } = await pair(stage)
      const id = caller.ask(CALL, {}, uri, ...PAYLOAD)
      const invocation = await answered(callee, ...PAYLOAD)
      expectSame(invocation[2], registration, 'the registration')
      expectSame(payloadFrom(invocation, 4), PAYLOAD, 'the payload of the invocation')
      expectSame(payloadFrom(await resultOf(caller, id), 3), PAYLOAD, 'the payload of the result')
    },
  },
  {
    ids: ['BP-RPC-13'],
    title: 'passes the URI and payload of an error unchanged',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, {}, uri)
      callee.send(ERROR, INVOCATION, (await callee.message(INVOCATION))[1], {}, 'com.example.own', ...PAYLOAD)
      const error = await caller.answer(CALL, id)
      expectError(error, 'com.example.own')
      expectSame(payloadFrom(error, 5), PAYLOAD, 'the payload')
    },
  },
  {
    ids: ['BP-RPC-17'],
    title: 'refuses to call a wrong URI',
    run: async (stage) => expectError(await (await stage.join()).request(CALL, {}, 'com..x'), 'wamp.error.invalid_uri'),
  },
  {
    ids: ['BP-RPC-22'],
    title: 'lets a session call a procedure of its own',
    run: async (stage) => {
      const [peer, uri] = [await stage.join(), stage.uri()]
      await registered(peer, uri)
      const id = peer.ask(CALL, {}, uri, [1])
      await answered(peer, [2])
      expectSame((await resultOf(peer, id))[3], [2], 'the result')
    },
  },
  {
    ids: ['BP-RPC-28'],
    title: 'ends a call by an error when its callee goes',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, {}, uri)
      await callee.message(INVOCATION)
      callee.cut()
      expectError(await caller.answer(CALL, id), 'wamp.error.canceled')
    },
  },
  {
    ids: ['BP-ID-06'],
    title: 'counts invocations of a callee from 1',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      for (const expected of [1, 2, 3]) {
        const id = caller.ask(CALL, {}, uri)
        expectSame((await answered(callee))[1], expected, 'the id of the invocation')
        await resultOf(caller, id)
      }
    },
  },
  {
    ids: ['BP-RPC-23', 'BP-RPC-30'],
    title: 'gives one answer to a call, and drops a second YIELD',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, {}, uri)
      const [, invocation] = await answered(callee, [1])
      callee.send(YIELD, invocation, {}, [2])
      await registered(callee, stage.uri())
      expectSame((await resultOf(caller, id))[3], [1], 'the result')
      await registered(caller, stage.uri())
      expectSame(caller.rest, [], 'what came besides')
    },
  },
  {
    ids: ['BP-RPC-08'],
    title: 'routes answers in any order',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const ids = [0, 1, 2].map((i) => caller.ask(CALL, {}, uri, [i]))
      const invocations = [await callee.message(INVOCATION), await callee.message(INVOCATION), await callee.message(INVOCATION)]
      for (const invocation of invocations.toReversed()) callee.send(YIELD, invocation[1], {}, invocation[4])
      for (const [i, id] of ids.entries()) expectSame((await resultOf(caller, id))[3], [i], `the result of call ${i}`)
    },
  },
  {
    ids: ['BP-ORD-03'],
    title: 'keeps the order of calls of one caller to one callee, also across procedures',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const uris = [uri, stage.uri('other')]
      await registered(callee, uris[1] ?? '')
      for (let i = 0; i < 100; i++) caller.ask(CALL, {}, uris[i % 2] ?? '', [i])
      for (let i = 0; i < 100; i++) expectSame((await callee.message(INVOCATION))[4], [i], `invocation ${i}`)
    },
  },
  {
    ids: ['BP-ORD-04'],
    title: 'sends REGISTERED before the first invocation',
    run: async (stage) => {
      const [caller, callee] = (await stage.joinMany(2)) as [Peer, Peer]
      const uri = stage.uri()
      const asked = callee.ask(REGISTER, {}, uri)
      for (let i = 0; i < 20; i++) caller.ask(CALL, {}, uri)
      const first = (await callee.next()) ?? []
      expectThat(first[0] === REGISTERED && first[1] === asked, 'an invocation came before REGISTERED')
    },
  },
]
