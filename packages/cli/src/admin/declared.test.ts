// Shows which entry of contracts is about a URI.

import type { ContractFile } from '@trunkline/router'
import { expect, it } from 'vitest'
import { declaredEntry, ownContract } from './declared.ts'

/** An entry that tells its place. */
const entry = (name: string) => {
  const payload = { args: [{ name, required: true, schema: true }] }
  return { call: payload, result: payload, event: payload }
}
const SHOP: ContractFile = {
  trunkline: 'contract/1',
  prefix: 'com.shop',
  procedures: { 'com.shop.add': entry('add'), 'com.shop.{item}.count': entry('count'), 'com.shop.order.{id:int}': entry('order') },
  topics: { 'com.shop.{rest*}': entry('rest') },
}

it('is found by its URI, or by one with parameters', () => {
  const found = (uri: string) => declaredEntry([SHOP], 'procedure', uri)
  expect(['com.shop.add', 'com.shop.pen.count', 'com.shop.order.5'].map(found)).toEqual([entry('add'), entry('count'), entry('order')])
  expect(['com.shop.pen', 'com.shop.order.x', 'com.shop..count', 'toString'].map(found)).toEqual(Array(4).fill(undefined))
  expect(declaredEntry([SHOP], 'topic', 'com.shop.a.b')).toEqual(entry('rest'))
  expect(declaredEntry([SHOP], 'topic', 'com.shop')).toBeUndefined()
})

it('the admin API declares itself', () => {
  expect(declaredEntry([SHOP, ownContract()], 'procedure', 'trunkline.admin.kick')).toMatchObject({ doc: expect.any(String) as string })
})
