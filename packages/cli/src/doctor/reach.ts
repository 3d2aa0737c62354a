// Whether the host of a URL can be found and connected to, and whether its certificate is trusted.

import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { connect as connectTls } from 'node:tls'
import { ONE_DAY_MS, SOON_DAYS } from '../certificates.ts'
import type { Findings } from './findings.ts'
import { textOfError } from './findings.ts'
import { noAnswer } from '../wire/http-answer.ts'

/** Where a URL leads. */
export interface Host {
  readonly name: string
  readonly port: number
  readonly isSecure: boolean
  /** How long to wait for a connection. */
  readonly patienceMs: number
}

const PORTS: Readonly<Record<string, number>> = { 'ws:': 80, 'wss:': 443, 'rs:': 8081, 'rss:': 8081 }

/** The host of a URL. */
export function hostOf(url: URL, patienceMs: number): Host {
  const port = url.port === '' ? (PORTS[url.protocol] ?? 0) : Number(url.port)
  return { name: url.hostname.replaceAll(/[[\]]/g, ''), port, isSecure: url.protocol.endsWith('ss:'), patienceMs }
}

/** The addresses of a name, or it itself if it is one; empty when it is not found, which is a finding. */
export async function addressesOf(name: string, findings: Findings): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name]
  let found: readonly LookupAddress[]
  try {
    found = await lookup(name, { all: true })
  } catch (error) {
    findings.fault('dns', `${name} is not found: ${textOfError(error)}`, 'correct the name, or the resolver of this machine')
    return []
  }
  findings.ok('dns', `${name} is ${found.map(({ address }) => address).join(', ')}`)
  return found.map(({ address }) => address)
}

/**
 * Connects to each address.
 * @returns how long a connection to one that answers took, in milliseconds; undefined when none answers
 */
export async function checkAddresses(
  addresses: readonly string[],
  { port, patienceMs }: Host,
  findings: Findings,
): Promise<number | undefined> {
  const results = await Promise.all(addresses.map(async (address) => ({ address, result: await connectionTo(address, port, patienceMs) })))
  const times = results.flatMap(({ result }) => (typeof result === 'number' ? [result] : []))
  for (const { address, result } of results) {
    const place = `${address} port ${port}`
    if (typeof result === 'number') findings.ok('connection', `${place}: connected in ${result.toFixed(1)} ms`)
    else if (times.length > 0) {
      findings.warning(
        'connection',
        `${place}: ${textOfError(result)}`,
        'clients that try this address first wait; remove it from DNS, or listen there too',
      )
    } else findings.fault('connection', `${place}: ${textOfError(result)}`, connectionAdvice(result))
  }
  return times.length === 0 ? undefined : Math.min(...times)
}

function connectionAdvice({ code }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'no program listens there: start the router, or correct host and port'
  if (code === 'ETIMEDOUT') return 'a firewall drops what is sent there, or the machine is off'
  return 'see whether this machine has a network and a way to that address'
}

function connectionTo(address: string, port: number, patienceMs: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const begin = performance.now()
    const socket = connect({ host: address, port })
    const end = (result: number | NodeJS.ErrnoException): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => end(noAnswer(patienceMs)), patienceMs)
    socket.on('error', end)
    socket.on('connect', () => end(performance.now() - begin))
  })
}

/**
 * Makes a TLS connection.
 * @param ca the certificates to trust in place of those of Node
 * @returns whether one could be made, trusted or not
 */
export async function checkTls({ name, port, patienceMs }: Host, ca: string | undefined, findings: Findings): Promise<boolean> {
  const servername = isIP(name) === 0 ? { servername: name } : {}
  const options = { host: name, port, ...servername, ...(ca === undefined ? {} : { ca }), rejectUnauthorized: false }
  const socket = await new Promise<TLSSocket | Error>((resolve) => {
    const opening = connectTls(options, () => resolve(opening))
    const timer = setTimeout(() => opening.destroy(noAnswer(patienceMs)), patienceMs)
    for (const event of ['secureConnect', 'close']) opening.on(event, () => clearTimeout(timer))
    opening.on('error', resolve)
  })
  if (socket instanceof Error) {
    findings.fault(
      'tls',
      `no TLS connection: ${textOfError(socket)}`,
      'see whether the listener has tls; without it the URL begins with ws:// or rs://',
    )
    return false
  }
  const certificate = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / ONE_DAY_MS)
  const facts = `${socket.getProtocol() ?? 'TLS'}, a certificate of ${String(certificate.subject?.CN ?? certificate.subjectaltname)}`
  const code = socket.authorized ? undefined : errorCodeOf(socket.authorizationError)
  if (code !== undefined)
    findings.fault('tls', `${facts} that is not trusted: ${code}`, TLS_ADVICE[code] ?? 'see the certificate of the router')
  else if (days < SOON_DAYS) findings.warning('tls', `${facts} that expires in ${days} days`, 'renew it')
  else findings.ok('tls', `${facts}, valid for ${days} days`)
  socket.destroy()
  return true
}

/** Node has a text or an error there. */
function errorCodeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? String(error)
}

const TLS_ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'renew the certificate; if it is valid elsewhere, set the clock of this machine right',
  CERT_NOT_YET_VALID: 'set the clock of this machine right',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is its own issuer: trust it by --ca, or use one of a known authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here: trust it by --ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the router sends no intermediate certificate: put the whole chain into tls.cert; or its authority needs --ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here: trust it by --ca',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for other names: use one of them in the URL, or have one made with this name',
}
