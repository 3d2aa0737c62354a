// What a WebSocket handshake meets: the router, a page, a redirect, or a proxy that cannot do it; and what HTTP tells on the way.

import type { IncomingMessage } from 'node:http'
import { httpAnswer, upgradeHeaders } from '../wire/http-answer.ts'
import type { Findings } from './findings.ts'
import { textOfError } from './findings.ts'

const SUBPROTOCOLS = ['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor']
/** Beyond this difference of clocks, tokens and certificates begin to fail. */
const CLOCK_DOUBT_MS = 5_000
const CLOCK_FAULT_MS = 60_000

/** How to ask. */
export interface Asking {
  readonly url: URL
  readonly ca: string | undefined
  /** How long to wait for an answer. */
  readonly patienceMs: number
}

/**
 * Makes handshakes with each subprotocol.
 * @param subprotocol the one that the caller will use
 * @returns whether that one was accepted
 */
export async function checkUpgrade(asking: Asking, subprotocol: string, findings: Findings): Promise<boolean> {
  const answers = await Promise.all(SUBPROTOCOLS.map(async (name) => [name, await handshake(asking, name)] as const))
  const accepted = answers.flatMap(([name, answer]) => (isAccepted(answer, name) ? [name] : []))
  if (accepted.includes(subprotocol)) {
    findings.ok('websocket', `the path ${asking.url.pathname} takes ${accepted.join(', ')}`)
    return true
  }
  const answer = answers.find(([name]) => name === subprotocol)?.[1]
  if (accepted.length > 0)
    findings.fault('websocket', `${subprotocol} is not taken, but ${accepted.join(', ')}`, 'choose another --serializer')
  else if (answer instanceof Error)
    findings.fault('websocket', `no answer to the handshake: ${textOfError(answer)}`, 'see whether that port speaks HTTP')
  else if (answer?.statusCode === 101) {
    findings.fault('websocket', 'the server takes WebSocket, and no subprotocol of WAMP', 'that is no WAMP router, or another path of it')
  } else findings.fault('websocket', `the handshake got ${answer?.statusCode} ${answer?.statusMessage}`, adviceFor(answer))
  return false
}

function isAccepted(answer: IncomingMessage | Error, subprotocol: string): boolean {
  return !(answer instanceof Error) && answer.statusCode === 101 && answer.headers['sec-websocket-protocol'] === subprotocol
}

function adviceFor(answer: IncomingMessage | undefined): string {
  const { statusCode = 0, headers = {} } = answer ?? {}
  if (statusCode >= 300 && statusCode < 400) return `WebSocket follows no redirects: use ${headers.location ?? 'its target'} as the URL`
  if (statusCode === 401 || statusCode === 403)
    return 'something refuses this client before the login: a rule of the proxy, origins, or addresses'
  if (statusCode === 404 || statusCode === 200) return 'the path is not that of WebSocket: try /ws, or see paths of the listener'
  if (statusCode === 400 || statusCode === 426)
    return 'a proxy in between removes the header Upgrade: nginx needs proxy_http_version 1.1 and both headers'
  if (statusCode === 503) return 'the router is stopping or full, or the proxy has no router behind it'
  return statusCode >= 500 ? 'the proxy does not reach the router: see its log' : 'see the log of the router and of the proxy'
}

/** Compares the clocks, and names what is between. */
export async function checkHttp(asking: Asking, findings: Findings): Promise<void> {
  const begin = Date.now()
  const answer = await ask(asking, {})
  const end = Date.now()
  if (answer instanceof Error) return
  const { date, via, server } = answer.headers
  if (date !== undefined) checkClock(Date.parse(date), begin, end, findings)
  const between = [via, server].filter((each) => each !== undefined)
  if (between.length > 0) findings.ok('proxy', `HTTP is answered by ${between.join(', ')}`)
}

/**
 * Compares the clock of another machine, which tells whole seconds, with this one.
 * @param theirs when they answered, by their clock
 * @param begin and end: when they were asked and had answered, by this clock
 */
export function checkClock(theirs: number, begin: number, end: number, findings: Findings): void {
  const ahead = theirs > end ? theirs - end : Math.min(0, theirs + 1_000 - begin)
  const text = `the clock of the other side is ${Math.round(Math.abs(ahead) / 1_000)} s ${ahead < 0 ? 'behind' : 'ahead'}`
  const advice = 'set both clocks by NTP: tokens and certificates are judged by them'
  if (Math.abs(ahead) > CLOCK_FAULT_MS) findings.fault('clock', text, advice)
  else if (Math.abs(ahead) > CLOCK_DOUBT_MS) findings.warning('clock', text, advice)
  else findings.ok('clock', 'both clocks agree')
}

function handshake(asking: Asking, subprotocol: string): Promise<IncomingMessage | Error> {
  return ask(asking, upgradeHeaders(subprotocol))
}

/** The head of an answer; its connection is closed. Certificates are not judged here. */
async function ask({ url, ca, patienceMs }: Asking, headers: Readonly<Record<string, string>>): Promise<IncomingMessage | Error> {
  const tls = { rejectUnauthorized: false, ...(ca === undefined ? {} : { ca }) }
  try {
    const { response, upgraded } = await httpAnswer({ url, tls, patienceMs }, headers)
    ;(upgraded?.socket ?? response).destroy()
    return response
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
