// Programs that must not compile. Never runs: `npm run check:types` fails when one of them does.

import { z } from 'zod'
import { contract, error, procedure, settle, topic, type } from '@trunkline/contract'
import type { Client } from '@trunkline/client'
import type { Call, In, Out, ParamsOf } from '@trunkline/contract'
import { shop } from './shop.ts'

export const soldOut = error('com.example.error.sold_out', { args: [z.string()], kwargs: { next: z.string() } })

soldOut('no pears', { next: 'Friday' }) satisfies Error
// @ts-expect-error the keyword is missing
soldOut('no pears')
// @ts-expect-error a number is no text
soldOut(1, { next: 'Friday' })
// @ts-expect-error there is no such keyword
soldOut('no pears', { next: 'Friday', more: 1 })

// @ts-expect-error neither a schema nor a list of schemas
procedure({ result: 'string' })
// @ts-expect-error an error of a procedure is an entry
procedure({ errors: { soldOut: 'com.example.error.sold_out' } })
// @ts-expect-error a topic has no such publisher
topic({ from: 'router' })
// @ts-expect-error neither an entry nor a group
contract('com.example', { get: 1 })

/** An error that was caught is known. */
export function nextOf(caught: unknown): string | undefined {
  // @ts-expect-error nothing is known of it yet
  void caught.kwargs
  if (!soldOut.is(caught)) return undefined
  // @ts-expect-error there is no such keyword
  void caught.kwargs.more
  return caught.kwargs.next
}

/** The types of the failures of a call differ. */
export async function settled(call: Call<number, { soldOut: typeof soldOut }>): Promise<string> {
  const outcome = await settle(call)
  // @ts-expect-error it may have failed
  void outcome.value
  if (outcome.ok) return outcome.value.toFixed(2)
  // @ts-expect-error the error may be another
  void outcome.error.kwargs
  return outcome.failed === 'soldOut' ? outcome.error.kwargs.next : String(outcome.error)
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const right = <T extends true>(): T | undefined => undefined

const when = z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (moment) => moment.toISOString() })
right<Same<In<typeof when>, string>>()
right<Same<Out<typeof when>, Date>>()
const plain = type<{ a: number }>()
right<Same<In<typeof plain>, { a: number }>>()
const params: ParamsOf<'user.{id:int}.files.{path*}'> = { id: 7, path: 'a.b' }
// @ts-expect-error a text is no number
params satisfies { id: string }

declare const peer: Client
export function wrongUses(): void {
  const api = peer.use(shop)
  // @ts-expect-error a string is no number
  void api.orders.get('42')
  // @ts-expect-error unknown keyword
  void api.orders.list({ state: 'open' })
  // @ts-expect-error the note is optional, but the lines are not
  void api.orders.place()
  // @ts-expect-error a parameter of the URI is missing
  void api.stock.count()
  // @ts-expect-error nothing is sent on the way
  void api.orders.get.stream
  // @ts-expect-error wrong payload of an event
  void api.prices.publish({ symbol: 'A' }, '1', { currency: 'EUR' })
  // @ts-expect-error an event has no such parameter
  void api.prices.subscribe({}, ({ params }) => params.name)
  // @ts-expect-error a handler is missing
  void peer.implement(shop.orders, { get: (id) => ({ id, lines: [], total: 0 }), list: () => [] })
  // @ts-expect-error a handler too many
  void peer.implement(shop.stock, { count: () => [1, { shelf: 'A' }], report: () => '', load: () => 0, other: () => 1 })
  void peer.implement(shop.orders, {
    get: (id) => ({ id, lines: [], total: 0 }),
    list: () => [],
    // @ts-expect-error a total is missing
    place: (lines) => ({ id: 1, lines }),
  })
  // @ts-expect-error a wrong result
  void peer.implement(shop.orders.get, () => 'x')
}
