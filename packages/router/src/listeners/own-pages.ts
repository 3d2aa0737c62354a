// The pages of an HTTP port itself: the start page, health, and what is answered at the paths of WebSockets. Opens nothing.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Content } from './http-answer.ts'
import { answer, content, send } from './http-answer.ts'
import type { Refusal } from './listener.ts'
import { hasTwoHosts, pathOf, TWO_HOSTS } from './websocket-upgrade.ts'

/** The state of the router: `isOk` false answers 503. `details` must hold nothing secret. */
export interface Health {
  readonly isOk: boolean
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** What a port serves itself. */
export interface OwnPages {
  /** For WebSockets; none: only health is served. */
  readonly paths: readonly string[]
  readonly health?: (() => Health) | undefined
  /** The start page; absent: a line. */
  readonly page: Content | undefined
}

/** Why a request is refused whatever it asks for. */
export function faultOf(request: IncomingMessage): Refusal | undefined {
  const { httpVersion, headers } = request
  const { host, expect } = headers
  if (httpVersion === '1.1' && host === undefined) return { status: 400, text: 'Host is missing' }
  if (hasTwoHosts(request)) return TWO_HOSTS
  if (expect !== undefined && !/100-continue/i.test(expect))
    return { status: 417, text: 'the only Expect that this server knows is 100-continue' }
  return undefined
}

/** Answers a request for one of them, and any other with an error. */
export function answerOwnPage(request: IncomingMessage, response: ServerResponse, { paths, health, page }: OwnPages): void {
  const path = pathOf(request)
  const isHealth = path === '/health' || path === '/health/live' || path === '/health/ready'
  const isServed = isHealth || paths.includes(path) || (path === '/' && paths.length > 0)
  if (!isServed) return answer(response, 404, 'not found')
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answer(response, 405, 'this address accepts only GET', { Allow: 'GET, HEAD' })
  if (isHealth) return answerHealth(response, path === '/health/live' ? { isOk: true } : (health?.() ?? { isOk: true }))
  if (path !== '/') return answer(response, 426, 'this is a WebSocket endpoint', { Upgrade: 'websocket', Connection: 'Upgrade, close' })
  if (page === undefined) return answer(response, 200, `A WAMP router: open a WebSocket at ${paths[0] ?? '/'}`)
  send(response, 200, page)
}

function answerHealth(response: ServerResponse, { isOk, details = {} }: Health): void {
  const body = JSON.stringify({ status: isOk ? 'ok' : 'unavailable', ...details })
  send(response, isOk ? 200 : 503, content('application/json', `${body}\n`), { 'Cache-Control': 'no-store' })
}
