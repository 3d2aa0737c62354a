// Checks of the dealer's features of the Advanced Profile, each only where the router announces it.

import { CALL, CANCEL, ERROR, INTERRUPT, INVOCATION, REGISTER, RESULT, YIELD } from '@trunkline/protocol'
import { answered, pair, registered, resultOf } from './basic-calls.ts'
import type { Check } from './check.ts'
import type { List, Peer } from './peer.ts'
import { expectError, expectSame, expectThat, expectType } from './peer.ts'

const detailsOf = (invocation: List): Readonly<Record<string, unknown>> => Object(invocation[3]) as Record<string, unknown>

const PROGRESS: readonly Check[] = [
  {
    ids: ['AP-RPC-PCR-05', 'AP-RPC-PCR-07', 'AP-RPC-PCR-09'],
    title: 'forwards progressive results in order, and the final one',
    needs: 'dealer.progressive_call_results',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, { receive_progress: true }, uri)
      const invocation = await callee.message(INVOCATION)
      expectSame(detailsOf(invocation)['receive_progress'], true, 'receive_progress of the invocation')
      for (const i of [1, 2]) callee.send(YIELD, invocation[1], { progress: true }, [i])
      callee.send(YIELD, invocation[1], {}, ['end'])
      for (const i of [1, 2]) {
        const result = await resultOf(caller, id)
        expectSame([Object(result[2])['progress'], result[3]], [true, [i]], `progressive result ${i}`)
      }
      const final = await resultOf(caller, id)
      expectSame([Object(final[2])['progress'] ?? false, final[3]], [false, ['end']], 'the final result')
    },
  },
  {
    ids: ['AP-RPC-PCR-05'],
    title: 'asks for progress only when the caller did',
    needs: 'dealer.progressive_call_results',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, {}, uri)
      expectSame(detailsOf(await answered(callee))['receive_progress'] ?? false, false, 'receive_progress of the invocation')
      await resultOf(caller, id)
    },
  },
  {
    ids: ['AP-RPC-PCI-07', 'AP-RPC-PCI-08'],
    title: 'sends the chunks of a call as one invocation',
    needs: 'dealer.progressive_call_invocations',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, { progress: true }, uri, [1])
      const first = await callee.message(INVOCATION)
      caller.send(CALL, id, {}, uri, [2])
      const last = await callee.message(INVOCATION)
      expectSame([last[1], first[4], last[4]], [first[1], [1], [2]], 'invocation and arguments of the chunks')
      expectSame([detailsOf(first)['progress'], detailsOf(last)['progress'] ?? false], [true, false], 'progress of the chunks')
      callee.send(YIELD, first[1], {}, [3])
      expectSame((await resultOf(caller, id))[3], [3], 'the result')
    },
  },
]

const CANCELING: readonly Check[] = [
  {
    ids: ['AP-RPC-CAN-06'],
    title: 'killnowait: ends the call at once, and interrupts the callee',
    needs: 'dealer.call_canceling',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, {}, uri)
      const invocation = await callee.message(INVOCATION)
      caller.send(CANCEL, id, { mode: 'killnowait' })
      expectError(await caller.answer(CALL, id), 'wamp.error.canceled')
      expectSame((await callee.message(INTERRUPT))[1], invocation[1], 'the invocation that is interrupted')
      callee.send(ERROR, INVOCATION, invocation[1], {}, 'wamp.error.canceled')
      await registered(callee, stage.uri())
    },
  },
  {
    ids: ['AP-RPC-CAN-04', 'AP-RPC-CAN-05'],
    title: 'kill: interrupts the callee, whose answer ends the call',
    needs: 'dealer.call_canceling',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, {}, uri)
      const invocation = await callee.message(INVOCATION)
      caller.send(CANCEL, id, { mode: 'kill' })
      await callee.message(INTERRUPT)
      expectSame(caller.rest, [], 'what the caller got before the callee answered')
      callee.send(ERROR, INVOCATION, invocation[1], {}, 'com.example.stopped')
      expectError(await caller.answer(CALL, id), 'com.example.stopped')
    },
  },
  {
    ids: ['AP-RPC-CAN-03'],
    title: 'skip: ends the call at once, and leaves the callee alone',
    needs: 'dealer.call_canceling',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, {}, uri)
      const invocation = await callee.message(INVOCATION)
      caller.send(CANCEL, id, { mode: 'skip' })
      expectError(await caller.answer(CALL, id), 'wamp.error.canceled')
      callee.send(YIELD, invocation[1], {})
      await registered(callee, stage.uri())
      expectSame(callee.rest, [], 'what the callee got')
    },
  },
  {
    ids: ['BP-RPC-24', 'BP-RPC-25'],
    title: 'interrupts the callee when the caller goes',
    needs: 'dealer.call_canceling',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      caller.ask(CALL, {}, uri)
      await callee.message(INVOCATION)
      caller.cut()
      const interrupt = await callee.message(INTERRUPT)
      expectSame(Object(interrupt[2])['mode'], 'killnowait', 'the mode')
    },
  },
  {
    ids: ['AP-RPC-TMO-05', 'AP-RPC-TMO-07'],
    title: 'ends a call whose time is over',
    needs: 'dealer.call_timeout',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, { timeout: 100 }, uri)
      await callee.message(INVOCATION)
      expectError(await caller.answer(CALL, id), 'wamp.error.timeout', 'wamp.error.canceled')
    },
  },
]

const IDENTITY: readonly Check[] = [
  {
    ids: ['AP-RPC-CID-03'],
    title: 'discloses the caller that asks for it, or refuses to',
    needs: 'dealer.caller_identification',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const id = caller.ask(CALL, { disclose_me: true }, uri)
      const came = await Promise.race([callee.message(INVOCATION), caller.answer(CALL, id)])
      if (came[0] === ERROR) return expectError(came, 'wamp.error.option_disallowed.disclose_me')
      expectSame(detailsOf(expectType(came, INVOCATION))['caller'], caller.session, 'the caller')
    },
  },
]

/** Registers patterns with a callee for each; resolves to the callees by pattern. */
async function patterns(stage: { joinMany(count: number): Promise<Peer[]> }, rows: readonly (readonly [uri: string, match: string])[]) {
  const callees = await stage.joinMany(rows.length)
  for (const [i, [uri, match]] of rows.entries()) await registered(callees[i] as Peer, uri, { match })
  return callees
}

const PATTERNS: readonly Check[] = [
  {
    ids: ['AP-RPC-PAT-03', 'AP-RPC-PAT-12'],
    title: 'routes calls by prefix, and names the procedure',
    needs: 'dealer.pattern_based_registration',
    run: async (stage) => {
      const uri = stage.uri('one')
      const [callee] = (await patterns(stage, [[uri, 'prefix']])) as [Peer]
      const caller = await stage.join()
      const id = caller.ask(CALL, {}, `${uri}.two`)
      expectSame(detailsOf(await answered(callee))['procedure'], `${uri}.two`, 'the procedure')
      await resultOf(caller, id)
    },
  },
  {
    ids: ['AP-RPC-PAT-05', 'AP-RPC-PAT-11'],
    title: 'routes calls by wildcard: one component for each',
    needs: 'dealer.pattern_based_registration',
    run: async (stage) => {
      const base = stage.uri('one')
      const [callee] = (await patterns(stage, [[`${base}..end`, 'wildcard']])) as [Peer]
      const caller = await stage.join()
      const id = caller.ask(CALL, {}, `${base}.x.end`)
      await answered(callee)
      await resultOf(caller, id)
      expectError(await caller.request(CALL, {}, `${base}.x.y.end`), 'wamp.error.no_such_procedure')
    },
  },
  {
    ids: ['AP-RPC-PAT-07', 'AP-RPC-PAT-08', 'AP-RPC-PAT-09'],
    title: 'prefers exact, then the longest prefix, then a wildcard',
    needs: 'dealer.pattern_based_registration',
    run: async (stage) => {
      const base = stage.uri('a')
      const rows = [
        [`${base}.b.c`, 'exact'],
        [`${base}.b`, 'prefix'],
        [base, 'prefix'],
        [`${base}..c.d`, 'wildcard'],
      ] as const
      const callees = await patterns(stage, rows)
      const caller = await stage.join()
      for (const [uri, expected] of [
        [`${base}.b.c`, 0],
        [`${base}.b.x`, 1],
        [`${base}.x.x`, 2],
        [`${base}.x.c.d`, 2],
      ] as const) {
        const id = caller.ask(CALL, {}, uri)
        await answered(callees[expected] as Peer)
        await resultOf(caller, id)
      }
    },
  },
]

/** The callee among others that gets each of some calls. */
async function chosen(caller: Peer, callees: readonly Peer[], uri: string, calls: number): Promise<number[]> {
  const order: number[] = []
  for (let n = 0; n < calls; n++) {
    const id = caller.ask(CALL, {}, uri)
    const won = await Promise.any(callees.map(async (callee, i) => ({ i, invocation: await callee.message(INVOCATION) })))
    callees[won.i]?.send(YIELD, won.invocation[1], {})
    expectType(await caller.answer(CALL, id), RESULT)
    order.push(won.i)
  }
  return order
}

const SHARED: readonly Check[] = [
  ...(
    [
      ['roundrobin', 'AP-RPC-SHR-06', [0, 1, 0, 1]],
      ['first', 'AP-RPC-SHR-08', [0, 0, 0, 0]],
      ['last', 'AP-RPC-SHR-09', [1, 1, 1, 1]],
    ] as const
  ).map(([invoke, id, expected]): Check => {
    return {
      ids: [id],
      title: `shares calls by ${invoke}`,
      needs: 'dealer.shared_registration',
      run: async (stage) => {
        const callees = await stage.joinMany(2)
        const uri = stage.uri()
        for (const callee of callees) await registered(callee, uri, { invoke })
        expectSame(await chosen(await stage.join(), callees, uri, 4), expected, 'the callees in order')
      },
    }
  }),
  {
    ids: ['AP-RPC-SHR-05'],
    title: 'refuses another policy for the same procedure',
    needs: 'dealer.shared_registration',
    run: async (stage) => {
      const { caller, uri } = await pair(stage, { invoke: 'roundrobin' })
      const error = await caller.request(REGISTER, { invoke: 'first' }, uri)
      expectThat(error[0] === ERROR, 'the second policy was taken')
    },
  },
]

const PASSTHRU: readonly Check[] = [
  {
    ids: ['AP-PPT-15'],
    title: 'passes the attributes of payload passthru',
    needs: 'dealer.payload_passthru_mode',
    run: async (stage) => {
      const { caller, callee, uri } = await pair(stage)
      const attributes = { ppt_scheme: 'x_own', ppt_serializer: 'native', ppt_keyid: 'key-1' }
      const id = caller.ask(CALL, attributes, uri, ['opaque'])
      const invocation = await callee.message(INVOCATION)
      const { ppt_scheme: scheme, ppt_serializer: serializer, ppt_keyid: key } = detailsOf(invocation)
      expectSame([scheme, serializer, key, invocation[4]], ['x_own', 'native', 'key-1', ['opaque']], 'the attributes')
      callee.send(YIELD, invocation[1], attributes, ['answer'])
      const result = await resultOf(caller, id)
      expectSame([Object(result[2])['ppt_scheme'], result[3]], ['x_own', ['answer']], 'those of the result')
    },
  },
]

export const ADVANCED_CALLS: readonly Check[] = [...PROGRESS, ...CANCELING, ...IDENTITY, ...PATTERNS, ...SHARED, ...PASSTHRU]
