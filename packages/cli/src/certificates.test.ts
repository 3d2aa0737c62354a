// Shows for which certificates the router warns of their end, and when.

import { selfSigned } from '@trunkline/testkit'
import { RecordingLog } from '@trunkline/testing/ports'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { X509Certificate } from 'node:crypto'
import { CertificateWatch, certificatesOf, endingCertificates, endingText } from './certificates.ts'
import type { ListenerConfig } from './config/listeners.ts'
import { parseConfig } from './config/config.ts'

const { cert } = selfSigned()
const until = new Date(new X509Certificate(cert).validTo).getTime()
const DAY = 86_400_000

function listeners(pem = cert): readonly ListenerConfig[] {
  const [listener] = parseConfig('listeners: [ websocket: { host: a, port: 1 } ]\nrealms: {}', 'x.yaml').listeners
  const tls = { cert: Buffer.from(pem), key: Buffer.from(''), requestCert: false, rejectUnauthorized: false }
  return listener === undefined ? [] : [listener, { ...listener, place: 'wss://a:1', tls }]
}

describe('a certificate', () => {
  it('is told from two weeks before its end on', () => {
    expect(endingCertificates(listeners(), until - 14 * DAY - 1)).toEqual([])
    const [soon] = endingCertificates(listeners(), until - 14 * DAY)
    expect(soon).toMatchObject({ listener: 'wss://a:1', hasExpired: false })
    const [over] = endingCertificates(listeners(), until)
    expect(over && endingText(over)).toMatch(/^the certificate of CN=\S+ for wss:\/\/a:1 has expired: \d{4}-/)
  })

  it('with an empty subject is named by its hosts', () => {
    const { cert: unnamed } = selfSigned('a.example', 'sha256', '/')
    expect(certificatesOf(listeners(unnamed))).toMatchObject([{ subject: 'IP Address:127.0.0.1, DNS:a.example' }])
  })

  describe('while the router runs', () => {
    beforeEach(() => vi.useFakeTimers({ now: until - 13.5 * DAY }))
    afterEach(() => vi.useRealTimers())

    it('is told at once and daily', () => {
      const log = new RecordingLog()
      const watch = new CertificateWatch(() => listeners(), log)
      watch.look()
      vi.advanceTimersByTime(14 * DAY)
      expect(log.lines.map(({ event }) => event)).toEqual([
        ...Array.from({ length: 14 }, () => 'certificate expires soon'),
        'certificate has expired',
      ])
      watch.stop()
      expect(vi.getTimerCount()).toBe(0)
    })
  })
})
