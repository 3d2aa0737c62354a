// A contract with everything that a contract can have, and a service of it.

import { z } from 'zod'
import type { Client } from '@trunkline/client'
import type { Session } from '@trunkline/client/session'
import type { Implementation, Pending } from '@trunkline/contract'
import { contract, date, error, procedure, topic } from '@trunkline/contract'

const Line = z.object({ item: z.string(), count: z.int().positive() })
const Order = z.object({ id: z.int(), lines: z.array(Line), total: z.number() })

export const soldOut = error('com.shop.error.sold_out', { args: [z.string()], kwargs: { next: z.string() } })

export const shop = contract('com.shop', {
  orders: {
    /** One order by its number. */
    get: procedure({ args: (id = z.int().positive(), withLines = z.boolean().optional()) => [id, withLines], result: Order }),
    /** Orders, newest first. */
    list: procedure({
      kwargs: { status: z.enum(['open', 'sent']).optional(), limit: z.int().max(100).default(20) },
      result: z.array(Order),
    }),
    place: procedure({ args: [z.array(Line)], kwargs: { note: z.string().optional() }, result: Order, errors: { soldOut } }),
  },
  stock: {
    count: procedure({ uri: 'stock.{item}.count', result: { args: [z.number()], kwargs: { shelf: z.string() } } }),
    report: procedure({ args: [z.int()], progress: z.number(), result: z.string() }),
    load: procedure({ chunk: Line, result: z.number() }),
  },
  opened: procedure({ args: [date()], result: z.number() }),
  prices: topic({ uri: 'prices.{symbol}', args: [z.number()], kwargs: { currency: z.string() } }),
  errors: { soldOut },
})

export function serveShop(client: Client | Session): Pending<Implementation> {
  return client.implement(shop, {
    orders: {
      get: (id, withLines) => ({ id, lines: withLines === true ? [{ item: 'pear', count: 1 }] : [], total: 1 }),
      list: ({ status, limit }) => Array.from({ length: limit }, (_, id) => ({ id, lines: [], total: status === 'open' ? 1 : 2 })),
      place: (lines, { note }) => {
        if (lines.some(({ item }) => item === 'pear')) throw soldOut('no pears today', { next: 'Friday' })
        return { id: 1, lines, total: note?.length ?? 0 }
      },
    },
    stock: {
      count: ({ item }) => [item.length, { shelf: 'A' }],
      report: async function* (year) {
        for (const part of [0.25, 0.5]) yield await Promise.resolve(part)
        return `https://shop/${year}`
      },
      load: async ({ chunks }) => {
        let sum = 0
        for await (const { count } of chunks) sum += count
        return sum
      },
    },
    opened: (moment) => moment.getTime(),
  })
}
