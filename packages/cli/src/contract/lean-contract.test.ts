import { expect, it } from 'vitest'
import type { ContractFile } from './contract-file.ts'
import { nameOf } from './lean-contract.ts'

it.each([
  ['com.example.shop', 'shop'],
  ['com.example.my-shop', 'myShop'],
  ['com.example.2', 'contract1'],
  ['com.example.class', 'contract1'],
])('the contract of %s is called %s in a program', (prefix, name) => {
  expect(nameOf({ prefix } as ContractFile)).toBe(name)
})
