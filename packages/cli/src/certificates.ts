// Warns of certificates of listeners that have expired or expire soon.

import { X509Certificate } from 'node:crypto'
import type { Log } from '@trunkline/router'
import type { ListenerConfig } from './config/listeners.ts'

export const ONE_DAY_MS = 86_400_000
/** A certificate that ends within so many days expires soon. */
export const SOON_DAYS = 14

/** A certificate that a listener presents. */
export interface ListenerCertificate {
  readonly listener: string
  readonly subject: string
  readonly until: Date
}

/** A certificate that has expired or expires soon. */
export interface EndingCertificate extends ListenerCertificate {
  readonly hasExpired: boolean
}

/** The certificates of all listeners, their authorities included. */
export function certificatesOf(listeners: readonly ListenerConfig[]): readonly ListenerCertificate[] {
  return listeners.flatMap(({ place, tls }) =>
    certificatesIn(tls?.cert).map((certificate) => {
      return { listener: place, subject: subjectOf(certificate), until: new Date(certificate.validTo) }
    }),
  )
}

/** Those that have expired or expire within two weeks. */
export function endingCertificates(listeners: readonly ListenerConfig[], now: number): EndingCertificate[] {
  return certificatesOf(listeners).flatMap((certificate) => {
    const left = certificate.until.getTime() - now
    return left > SOON_DAYS * ONE_DAY_MS ? [] : [{ ...certificate, hasExpired: left <= 0 }]
  })
}

/** The warning in one line, for people. */
export function endingText({ listener, subject, until, hasExpired }: EndingCertificate): string {
  return `the certificate of ${subject} for ${listener} ${hasExpired ? 'has expired' : 'expires soon'}: ${until.toISOString()}`
}

/** Logs the warnings now and once a day. */
export class CertificateWatch {
  readonly #look: () => void
  #timer: NodeJS.Timeout | undefined

  /**
   * @param listeners returns the open listeners
   */
  constructor(listeners: () => readonly ListenerConfig[], log: Log) {
    this.#look = () => {
      for (const { listener, subject, until, hasExpired } of endingCertificates(listeners(), Date.now())) {
        const fields = { area: 'listeners', listener, subject, until: until.toISOString() } as const
        if (hasExpired) log.error('certificate has expired', fields)
        else log.warn('certificate expires soon', fields)
      }
    }
  }

  /** Checks now, and again a day later. */
  look(): void {
    clearInterval(this.#timer)
    this.#timer = setInterval(this.#look, ONE_DAY_MS).unref()
    this.#look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** The certificates in a PEM text, in order. */
export function certificatesIn(pem: Buffer | undefined): X509Certificate[] {
  const blocks = pem?.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}

/** The subject of a certificate on one line. One that leaves it empty, as some authorities do, has only the names of its hosts. */
export function subjectOf({ subject, subjectAltName }: X509Certificate): string {
  // Node has undefined for an empty one, whatever its types say.
  return ((subject as string | undefined) ?? subjectAltName ?? 'an unnamed host').replaceAll('\n', ', ')
}
