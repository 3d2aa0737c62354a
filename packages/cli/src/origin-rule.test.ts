// Shows whose pages may connect to a configured router.

import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { isOriginAllowed } from './origin-rule.ts'

const request = (origin: string | undefined, host = 'wamp.example.com'): IncomingMessage =>
  ({ headers: { origin, host } }) as IncomingMessage

describe('isOriginAllowed', () => {
  it('lets in clients that name no origin', () => {
    expect(isOriginAllowed(request(undefined), ['https://app.example.com'])).toBe(true)
  })

  it('lets in the origins listed and no others', () => {
    const origins = ['https://app.example.com']
    expect(isOriginAllowed(request('https://app.example.com'), origins)).toBe(true)
    expect(isOriginAllowed(request('http://app.example.com'), origins)).toBe(false)
    expect(isOriginAllowed(request('https://wamp.example.com'), origins)).toBe(false)
    expect(isOriginAllowed(request('https://anything.example'), ['*'])).toBe(true)
  })

  it('lets in pages of the same host and port when none are listed', () => {
    expect(isOriginAllowed(request('https://wamp.example.com'), undefined)).toBe(true)
    expect(isOriginAllowed(request('http://localhost:8080', 'localhost:8080'), undefined)).toBe(true)
    expect(isOriginAllowed(request('http://localhost:3000', 'localhost:8080'), undefined)).toBe(false)
    expect(isOriginAllowed(request('https://evil.example'), undefined)).toBe(false)
    expect(isOriginAllowed(request('null'), undefined)).toBe(false)
  })
})
