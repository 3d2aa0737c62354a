// Scenarios of calls and events together. Each throws an error for what is wrong.

import type { ClientSession, Happened, Values } from '../clients/client.ts'
import { PeerError } from '../clients/client.ts'
import { canonical, toNeutral } from '../value.ts'
import type { Stage } from './stage.ts'
import { Inbox, same, valueOf } from './stage.ts'

const ERROR = 'interop.error.custom'
const KEYWORDS: Values = { args: [], kwargs: { name: 'x', count: 3 } }
/** Values that every serializer can hold and every language can distinguish. */
const BOTH: Values = {
  args: [null, true, false, 0, -1, 2 ** 31, -(2 ** 53 - 1), 1.5, '', 'Grüße, 世界, 🚀', [1, [2, 'three']], { four: { five: null } }],
  kwargs: { list: [], dict: {}, text: 'a', number: 2 ** 53 - 1, nested: { deep: [{ er: false }] } },
}

/** Each of two sessions is called by the other and gets its events; the other is a session of our client. */
export async function oneValue(stage: Stage): Promise<void> {
  const [theirs, own] = [await stage.join(), await stage.partner()]
  for (const [from, to] of [
    [theirs, own],
    [own, theirs],
  ] as const) {
    const name = from === own ? 'to' : 'from'
    const inbox = new Inbox<Happened>()
    await to.register(stage.uri(`${name}.echo`), ({ args }) => ({ args, kwargs: {} }))
    await to.subscribe(stage.uri(`${name}.topic`), inbox.add)
    same(`${name} our client: the result`, await valueOf(from.call(stage.uri(`${name}.echo`), { args: ['Grüße'] }).result), 'Grüße')
    await from.publish(stage.uri(`${name}.topic`), { args: [42] })
    same(`${name} our client: the event`, (await inbox.all(1))[0]?.args, [42])
  }
}

export async function keywordValues(stage: Stage): Promise<void> {
  await exchange(stage, await stage.pair(), 'keywords', KEYWORDS)
}

/** Each calls and publishes once, and answers and subscribes once. */
export async function withOurs(stage: Stage): Promise<void> {
  const [theirs, own] = [await stage.join(), await stage.partner()]
  for (const [name, values] of Object.entries({ keywords: KEYWORDS, both: BOTH, nothing: { args: [], kwargs: {} } })) {
    await exchange(stage, [theirs, own], `from.${name}`, values)
    await exchange(stage, [own, theirs], `to.${name}`, values)
  }
}

/** A call, a call that fails and an event with these values, from one session to another. */
async function exchange(stage: Stage, [from, to]: readonly [ClientSession, ClientSession], name: string, values: Values): Promise<void> {
  const invoked = new Inbox<Values>()
  await to.register(stage.uri(`${name}.echo`), ({ args, kwargs }) => {
    invoked.add({ args, kwargs })
    return { args, kwargs }
  })
  await to.register(stage.uri(`${name}.fail`), () => {
    throw new PeerError(ERROR, values)
  })
  const events = new Inbox<Happened>()
  await to.subscribe(stage.uri(`${name}.topic`), events.add)

  const result = await from.call(stage.uri(`${name}.echo`), values).result
  sameValues(`${name}: what the callee got`, (await invoked.all(1))[0], values)
  sameValues(`${name}: the result`, result, values)
  const error = await from.call(stage.uri(`${name}.fail`), values).result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof PeerError)) throw new Error(`${name}: ${String(error)} instead of an error`)
  same(`${name}: the error`, error.uri, ERROR)
  sameValues(`${name}: the values of the error`, error.values, values)
  await from.publish(stage.uri(`${name}.topic`), values)
  sameValues(`${name}: the event`, (await events.all(1))[0], values)
}

function sameValues(what: string, actual: Values | undefined, expected: Values): void {
  const [is, shouldBe] = [actual, expected].map((values) => `${canonicalOf(values?.args)} ${canonicalOf(values?.kwargs)}`)
  if (is !== shouldBe) throw new Error(`${what}: ${is ?? ''} instead of ${shouldBe ?? ''}`)
}

/** One text per value; integers are equal in whatever type a library returns them. */
function canonicalOf(value: unknown): string {
  return canonical(
    toNeutral(JSON.parse(JSON.stringify(value ?? null, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item)))),
  )
}
