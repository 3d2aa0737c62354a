// What the shop offers. `trunkline contract build` writes shop.contract.json, which is committed beside it.

import { contract, error, procedure, topic } from '@trunkline/contract'
import { z } from 'zod'

const Order = z.object({ id: z.int(), item: z.string(), count: z.int() })

/** There is none left; `next` says when there will be. */
export const soldOut = error('com.example.shop.error.sold_out', { kwargs: { next: z.string() } })

export const shop = contract(
  'com.example.shop',
  {
    orders: {
      /** One order by its number. */
      get: procedure({ args: (id = z.int().positive()) => [id], result: Order, idempotent: true }),
      /** Orders, newest first. */
      list: procedure({ kwargs: { limit: z.int().min(1).max(100).default(20) }, result: z.array(Order), idempotent: true }),
      /** Orders something. */
      place: procedure({ kwargs: { item: z.string(), count: z.int().min(1) }, result: Order, errors: { soldOut } }),
    },
    /** The price of an item changed. */
    prices: topic({ uri: 'prices.{item}', args: (price = z.number()) => [price], kwargs: { currency: z.string() } }),
  },
  { version: '1.0.0', title: 'Shop' },
)
