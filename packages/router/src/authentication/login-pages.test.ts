// Shows which pages may log in by a cookie.

import { UsageError } from '@trunkline/protocol'
import { expect, it } from 'vitest'
import { LoginPages } from './login-pages.ts'

const pages = new LoginPages(['https://shop.example.com', 'HTTP://Till.Example.com:80', 'https://*.team.example.com'])

it.each([
  'https://shop.example.com',
  'https://SHOP.example.com:443',
  'https://shop.example.com.',
  'http://till.example.com',
  'https://anna.team.example.com',
])('lets pages of %s log in, as listeners let them connect', (origin) => {
  expect(pages.has(origin)).toBe(true)
})

it.each([
  'http://shop.example.com',
  'https://shop.example.com:8443',
  'https://evil.shop.example.com',
  'https://shop.example.com.evil.example',
  'https://team.example.com',
  'https://a.b.team.example.com',
  'https://.team.example.com',
  'https://evilteam.example.com',
  'null',
  '',
])('lets no page of %s log in', (origin) => {
  expect(pages.has(origin)).toBe(false)
})

it.each(['*', 'https://*', 'shop.example.com', 'null', 'https://shop.example.com/'])('refuses %s: it is no origin', (origin) => {
  expect(() => new LoginPages([origin])).toThrow(UsageError)
})
