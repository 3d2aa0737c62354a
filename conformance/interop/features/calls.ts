// Scenarios of calls. Each throws an error for what is wrong.

import type { ClientSession, Invoked } from '../clients/client.ts'
import { PeerError } from '../clients/client.ts'
import type { Stage } from './stage.ts'
import { Inbox, rejects, same, valueOf } from './stage.ts'

const NOTHING = { args: [], kwargs: {} }

export async function calls(stage: Stage): Promise<void> {
  const [caller, callee] = await stage.pair()
  await callee.register(stage.uri('echo'), ({ args, kwargs }) => ({ args, kwargs }))
  await callee.register(stage.uri('fail'), () => {
    throw new PeerError('interop.error.custom', { args: ['reason'], kwargs: {} })
  })
  const values = { args: [1, 'two', [3]], kwargs: { four: { five: null } } }
  const { args, kwargs } = await caller.call(stage.uri('echo'), values).result
  same('the result', { args, kwargs }, values)
  await rejects('the error', caller.call(stage.uri('fail')).result, 'interop.error.custom')
  await rejects('no procedure', caller.call(stage.uri('missing')).result, 'wamp.error.no_such_procedure')
}

/** As many as the smallest thread pool of the libraries has threads. */
const IN_FLIGHT = 5

/** The callee answers when it has all of them, the last first. */
export async function callsInFlight(stage: Stage): Promise<void> {
  const [caller, callee] = await stage.pair()
  const invoked: (() => void)[] = []
  await callee.register(stage.uri('wait'), async ({ args }) => {
    await new Promise<void>((resolve) => {
      invoked.push(resolve)
      if (invoked.length === IN_FLIGHT) for (const answer of invoked.toReversed()) answer()
    })
    return { args, kwargs: {} }
  })
  const numbers = Array.from({ length: IN_FLIGHT }, (_, i) => i)
  const answers = await Promise.all(numbers.map((number) => valueOf(caller.call(stage.uri('wait'), { args: [number] }).result)))
  same('the answers', answers, numbers)
}

export async function progressiveResults(stage: Stage): Promise<void> {
  const [caller, callee] = await stage.pair()
  await callee.register(stage.uri('count'), ({ progress }) => {
    progress([1])
    progress([2])
    return { args: [3], kwargs: {} }
  })
  const got: unknown[] = []
  const { result } = caller.call(stage.uri('count'), {}, {}, ({ args }) => got.push(args[0]))
  same('the last result', await valueOf(result), 3)
  same('the results before', got, [1, 2])
}

/** The other session is one of our client. */
export async function progressiveInvocations(stage: Stage): Promise<void> {
  await sum(stage, await stage.join(), await stage.partner())
}

/** The other session is one of our client. */
export async function progressiveInvocationsOfCallee(stage: Stage): Promise<void> {
  await sum(stage, await stage.partner(), await stage.join())
}

async function sum(stage: Stage, caller: ClientSession, callee: ClientSession): Promise<void> {
  if (callee.registerSum === undefined || caller.callInChunks === undefined) throw new Error('the library has no such call')
  await callee.registerSum(stage.uri('sum'))
  same('the sum', await caller.callInChunks(stage.uri('sum'), [1, 2, 3]), 6)
}

export async function callTimeout(stage: Stage): Promise<void> {
  const [caller, callee] = await stage.pair()
  await registerWaiting(stage, callee)
  await rejects('the call', caller.call(stage.uri('wait'), {}, { timeout: 100 }).result, 'wamp.error.timeout')
  await finish(stage, caller)
}

/** Cancels a call and checks that the caller gets the error, that the callee is interrupted if it can be, and that both continue. */
export function canceling(mode: 'skip' | 'kill' | 'killnowait') {
  return async (stage: Stage): Promise<void> => {
    const [caller, callee] = await stage.pair()
    const { inbox, stopped } = await registerWaiting(stage, callee)
    const call = caller.call(stage.uri('wait'))
    await inbox.all(1)
    call.cancel(mode)
    await rejects('the canceled call', call.result)
    if (mode !== 'skip' && stage.client.tellsCallees) await stopped.all(1)
    await finish(stage, caller)
  }
}

export async function patternRegistration(stage: Stage): Promise<void> {
  const [caller, callee] = await stage.pair()
  const who = (name: string) => (invoked: Invoked) => ({ args: [[name, invoked.details['procedure']]], kwargs: {} })
  await callee.register(stage.uri('prefix'), who('prefix'), { match: 'prefix' })
  await callee.register(stage.uri('wild..card'), who('wildcard'), { match: 'wildcard' })
  for (const [name, uri] of Object.entries({ prefix: stage.uri('prefix.one.two'), wildcard: stage.uri('wild.any.card') })) {
    same(`a call by ${name}`, await valueOf(caller.call(uri).result), [name, uri])
  }
}

export async function sharedRegistration(stage: Stage): Promise<void> {
  // Where there are two nodes, both callees are at the one, which is not that of the caller: it would prefer its own.
  const [first, caller] = await stage.pair()
  const second = await stage.join()
  for (const [name, callee] of Object.entries({ first, second })) {
    await callee.register(stage.uri('shared'), () => ({ args: [name], kwargs: {} }), { invoke: 'roundrobin' })
  }
  const answers: unknown[] = []
  for (let i = 0; i < 4; i++) answers.push(await valueOf(caller.call(stage.uri('shared')).result))
  same('who answered', answers, ['first', 'second', 'first', 'second'])
}

export async function registrationRevocation(stage: Stage): Promise<void> {
  const [old, fresh] = await stage.pair()
  const { revoked } = await old.register(stage.uri('taken'), () => ({ args: ['old'], kwargs: {} }))
  await fresh.register(stage.uri('taken'), () => ({ args: ['fresh'], kwargs: {} }), { force_reregister: true })
  same('who answers', await valueOf(old.call(stage.uri('taken')).result), 'fresh')
  await revoked
}

export async function callerIdentification(stage: Stage): Promise<void> {
  const [caller, callee] = await stage.pair()
  const seen = new Inbox<Invoked>()
  await callee.register(stage.uri('who'), (invoked) => {
    seen.add(invoked)
    return { args: [true], kwargs: {} }
  })
  await caller.call(stage.uri('who'), {}, { disclose_me: true }).result
  const [invoked] = await seen.all(1)
  same('the caller', invoked?.details['caller'], caller.id)
}

interface Waiting {
  /** The invocations. */
  readonly inbox: Inbox<Invoked>
  readonly stopped: Inbox<true>
}

/** A procedure that answers when it is interrupted, or when it is called with an argument; never by itself. */
async function registerWaiting(stage: Stage, callee: ClientSession): Promise<Waiting> {
  const inbox = new Inbox<Invoked>()
  const stopped = new Inbox<true>()
  await callee.register(stage.uri('wait'), async (invoked) => {
    inbox.add(invoked)
    if (invoked.args.length > 0) return { args: invoked.args, kwargs: {} }
    await invoked.canceled
    stopped.add(true)
    throw new PeerError('wamp.error.canceled', NOTHING)
  })
  return { inbox, stopped }
}

/** Both sessions still work. The second call is sent when all messages about the first have been read. */
async function finish(stage: Stage, caller: ClientSession): Promise<void> {
  for (const word of ['go', 'on']) same('the next call', await valueOf(caller.call(stage.uri('wait'), { args: [word] }).result), word)
}
