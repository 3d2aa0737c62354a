// Shows which requests reach a development router.

import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { LoopbackGuard } from './loopback-guard.ts'

function judged(remoteAddress: string | undefined, host: string | undefined, origin?: string): number | undefined {
  const request = { socket: { remoteAddress }, headers: { host, origin } } as unknown as IncomingMessage
  return new LoopbackGuard().judge(request)?.status
}

describe('LoopbackGuard', () => {
  it('lets peers on this machine in, by any name of it', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', 'localhost:9000', 'app.localhost:1', '[::1]:8080', '127.9.9.9', 'LOCALHOST.:80']) {
      expect(judged('127.0.0.1', host)).toBeUndefined()
    }
    expect(judged('::1', 'localhost')).toBeUndefined()
    expect(judged('::ffff:127.0.0.1', 'localhost')).toBeUndefined()
  })

  it('refuses other machines', () => {
    for (const address of ['192.168.1.5', '::ffff:10.0.0.1', 'fe80::1', '0.0.0.0', undefined])
      expect(judged(address, 'localhost')).toBe(403)
  })

  it('refuses a Host that does not name this machine, so that no foreign name can be led here', () => {
    for (const host of [
      'evil.example:8080',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '192.168.1.5',
      '',
      undefined,
      '127.0.0.1@evil.example',
    ]) {
      expect(judged('127.0.0.1', host)).toBe(403)
    }
  })

  it('lets pages of this machine connect, and clients that are no pages', () => {
    for (const origin of ['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:8080', 'http://[::1]:3000', undefined]) {
      expect(judged('127.0.0.1', 'localhost:8080', origin)).toBeUndefined()
    }
  })

  it('refuses pages of other origins, and opaque ones', () => {
    for (const origin of ['https://evil.example', 'null', 'file://', 'http://localhost.evil.example', 'chrome-extension://localhost', '']) {
      expect(judged('127.0.0.1', 'localhost:8080', origin)).toBe(403)
    }
  })
})
