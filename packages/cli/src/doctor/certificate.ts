// What may be wrong with the certificates of a listener before a client sees it.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { certificatesIn, ONE_DAY_MS, SOON_DAYS, subjectOf } from '../certificates.ts'
import type { Findings } from './findings.ts'

/** A certificate file and its key, as octets. */
export interface CertificateFiles {
  readonly cert: Buffer
  readonly key: Buffer
}

/**
 * Looks at the certificates of a listener.
 * @param place the listener in texts
 */
export function checkCertificates({ cert, key }: CertificateFiles, place: string, now: number, findings: Findings): void {
  const chain = certificatesIn(cert)
  const [own] = chain
  if (own === undefined) return findings.fault('certificate', `${place}: tls.cert holds no certificate`, 'use a file in PEM')
  if (!own.checkPrivateKey(createPrivateKey(key))) {
    findings.fault(
      'certificate',
      `${place}: the key belongs to another certificate`,
      'use the key that the certificate was made for, and put it first',
    )
  }
  for (const each of chain) checkDates(each, place, now, findings)
  checkChain(chain, place, findings)
  if (own.subjectAltName === undefined) {
    findings.fault(
      'certificate',
      `${place}: the certificate names no host in subjectAltName`,
      'clients refuse it; have one made with its host names',
    )
  }
}

function checkDates(certificate: X509Certificate, place: string, now: number, findings: Findings): void {
  const { validFrom, validTo } = certificate
  const name = `${place}: the certificate of ${subjectOf(certificate)}`
  const days = Math.floor((Date.parse(validTo) - now) / ONE_DAY_MS)
  if (days < 0)
    findings.fault('certificate', `${name} has expired: ${validTo}`, 'renew it; a running router takes a new file at trunkline reload')
  else if (Date.parse(validFrom) > now)
    findings.fault('certificate', `${name} is not valid before ${validFrom}`, 'set the clock of this machine right')
  else if (days < SOON_DAYS)
    findings.warning('certificate', `${name} expires in ${days} days`, 'renew it; a running router takes a new file at trunkline reload')
  else findings.ok('certificate', `${name} is valid for ${days} days (${certificate.subjectAltName ?? 'no host names'})`)
}

function checkChain(chain: readonly X509Certificate[], place: string, findings: Findings): void {
  const wrong = chain.findIndex((each, i) => {
    const next = chain[i + 1]
    return next !== undefined && !each.checkIssued(next)
  })
  if (wrong >= 0) {
    const text = `${place}: certificate ${wrong + 1} of the file was not issued by the next one`
    return findings.fault('chain', text, 'order the file: that of the host first, then that of each issuer')
  }
  const last = chain.at(-1)
  if (last === undefined || chain.length > 1) return
  if (last.checkIssued(last)) {
    return findings.warning(
      'chain',
      `${place}: the certificate is its own issuer`,
      'clients need it as --ca; fine for tests and closed networks',
    )
  }
  if (isKnownRoot(last.issuer)) return
  const text = `${place}: the file holds only the certificate of the host, and its issuer is no root that Node knows`
  findings.warning('chain', text, 'put the intermediate certificates behind it, unless clients trust the issuer by their own files')
}

function isKnownRoot(issuer: string): boolean {
  return rootCertificates.some((pem) => new X509Certificate(pem).subject === issuer)
}
