// Requests to the listeners of metrics and of health, through node:http's parser: who gets which page, and how much comes of a request.

import type { IncomingMessage, RequestListener } from 'node:http'
import { ascii } from '@trunkline/testkit'
import { createRouter, Metrics } from '@trunkline/router'
import { answerOwnPage, faultOf } from '../../../packages/router/src/listeners/own-pages.ts'
import { answerOf, looseServer } from './loose-http.ts'
import type { Target } from './target.ts'
import { check } from './target.ts'

/** The longest answer that is no page of metrics: nothing of a request comes back. */
const LONGEST_REFUSAL = 600
const TOKEN = 'the-token'
const OWN_HOST = 'metrics.example'
const TYPES = [
  'text/plain; version=0.0.4; charset=utf-8',
  'application/openmetrics-text; version=1.0.0; charset=utf-8',
  ...['allow-utf-8', 'underscores', 'dots', 'values'].map((kind) => `text/plain; version=1.0.0; charset=utf-8; escaping=${kind}`),
]

/** An answer, and the request to which it was given. */
interface Answered {
  readonly request: IncomingMessage
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** The page of metrics, at one path for programs of this machine and names listed, at another for those with a token. */
export function metricsTarget(): Target {
  const metrics = new Metrics(createRouter())
  const [open, locked] = [metrics.route({ hosts: [OWN_HOST] }), metrics.route({ path: '/locked', token: TOKEN })]
  metrics.close()
  const source = { peer: '127.0.0.1:1', address: '127.0.0.1' }
  const judge = ({ request, status, headers, body }: Answered): void => {
    if (status !== 200) return
    const path = pathIn(request)
    check(path === '/metrics' ? isOwnHost(request) : path === '/locked' && hasToken(request), `the page was shown at ${request.url}`)
    check(TYPES.includes(headers.get('content-type') ?? ''), `of type ${headers.get('content-type')}`)
    check(request.method === 'HEAD' || /^(?:[#a-z][^\n]+\n)+$/.test(body), 'the page is not one of metrics')
  }
  const serve: RequestListener = (request, response) => {
    const fault = faultOf(request)
    if (fault !== undefined) response.writeHead(fault.status).end()
    else if (!open(request, response, source) && !locked(request, response, source)) response.writeHead(404).end()
  }
  return pagesTarget('metrics-listener', /metrics\/(?:metrics|accepted-format)\.ts/, serve, judge)
}

/** The pages of health: of a router that is ready, and below a query of one that is not. */
export function healthTarget(): Target {
  let asked = 0
  const judge = ({ request, status, body }: Answered): void => {
    const path = pathIn(request)
    const isShown = status === 200 || status === 503
    check(isShown === (PATHS.includes(path) && isReading(request) && isRight(request)), `${status} at ${request.url}`)
    check(asked === (path !== '/health/live' && isShown ? 1 : 0), `asked ${asked} times`)
    if (isShown)
      check(request.method === 'HEAD' || body === HEALTH[status] || (path === '/health/live' && body === ALIVE), `answered ${body}`)
  }
  const serve: RequestListener = (request, response) => {
    asked = 0
    const isOk = request.url?.includes('?') !== true
    const health = () => {
      asked++
      return { isOk, details: { connections: 3 } }
    }
    const fault = faultOf(request)
    if (fault !== undefined) response.writeHead(fault.status).end()
    else answerOwnPage(request, response, { ...NOTHING, health })
  }
  return pagesTarget('health-listener', /listeners\/own-pages\.ts/, serve, judge)
}

const NOTHING = { paths: [], page: undefined }
const PATHS = ['/health', '/health/live', '/health/ready']
const HEALTH: Readonly<Record<number, string>> = {
  200: '{"status":"ok","connections":3}\n',
  503: '{"status":"unavailable","connections":3}\n',
}
const ALIVE = '{"status":"ok"}\n'

function pagesTarget(name: string, files: RegExp, serve: RequestListener, judge: (answered: Answered) => void): Target {
  const server = looseServer()
  let request: IncomingMessage | undefined
  // Of requests that follow one another at once only the first is answered in this turn.
  // Of requests that follow one another at once only the first is answered in this turn.
  const onRequest: RequestListener = (incoming, response) => {
    if (request !== undefined) return
    request = incoming
    serve(incoming, response)
  }
  server.on('request', onRequest).on('checkExpectation', onRequest)
  return {
    name,
    files,
    seeds: SEEDS.map(ascii),
    tokens: TOKENS.map(ascii),
    run(input) {
      request = undefined
      const text = answerOf(server, input).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
      if (request === undefined) {
        check(text === '', 'answered what was no request')
        return 'no request'
      }
      const answered = read(request, text)
      judge(answered)
      return `${answered.status} ${answered.headers.get('content-type') ?? ''}`
    },
  }
}

/** Reads an answer: well-formed, as long as it says, and short unless it is a page. */
function read(request: IncomingMessage, text: string): Answered {
  const [, digits, head = '', body = ''] = /^HTTP\/1\.1 (\d{3}) [^\r\n]+\r\n((?:[\w-]+: [\x20-\x7e]*\r\n)+)\r\n([^]*)$/.exec(text) ?? []
  const status = Number(digits)
  check([200, 400, 401, 403, 404, 405, 417, 503].includes(status), `answered ${JSON.stringify(text.slice(0, 80))}`)
  const headers = new Map(head.split('\r\n').map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 2)]))
  const length = headers.get('content-length')
  if (length !== undefined && request.method !== 'HEAD') check(Number(length) === body.length, 'the length of the answer is wrong')
  check(request.method !== 'HEAD' || body === '', 'a HEAD got a body')
  check(status === 200 || text.length <= LONGEST_REFUSAL, `a refusal of ${text.length} octets`)
  return { request, status, headers, body }
}

/** The path of a request, written independently. */
function pathIn({ url = '' }: IncomingMessage): string {
  return (/^[^?]*/.exec(url) ?? [''])[0]
}

function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Whether it has the one Host that HTTP/1.1 needs, and expects nothing else than the answer (RFC 9110, "Host and :authority", "Expect"). */
function isRight({ httpVersion, headers: { expect = '100-continue' }, headersDistinct: { host = [] } }: IncomingMessage): boolean {
  return host.length <= 1 && (httpVersion !== '1.1' || host.length === 1) && /100-continue/i.test(expect)
}

function hasToken({ headers: { authorization = '' } }: IncomingMessage): boolean {
  const [scheme = '', token] = authorization.split(' ').filter((part) => part !== '')
  return scheme.toLowerCase() === 'bearer' && token === TOKEN
}

/** Whether the Host is absent, or a name that no page of another site can have. */
function isOwnHost({ headers: { host } }: IncomingMessage): boolean {
  if (host === undefined) return true
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/\.$/, '') : ''
  return name === 'localhost' || name.endsWith('.localhost') || name === OWN_HOST || /^[\d.]+$|^\[[\da-f:.]+\]$/.test(name)
}

const SEEDS = [
  'GET /metrics HTTP/1.1\r\nHost: localhost:9000\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n',
  `GET /metrics?x HTTP/1.1\r\nHost: ${OWN_HOST}\r\nAccept: text/plain;version=1.0.0;q=0.5,application/openmetrics-text;version=1.0.0\r\n\r\n`,
  'HEAD /metrics HTTP/1.0\r\n\r\n',
  'POST /metrics HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 1\r\n\r\nx',
  `GET /locked HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
  `GET /locked HTTP/1.1\r\nHost: x\r\nAuthorization: Basic Bearer ${TOKEN}\r\n\r\n`,
  `GET /locked HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}, x\r\n\r\n`,
  'GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /health/ready?not HTTP/1.1\r\nHost: x\r\n\r\n',
  'HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /health/live? HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n',
  'DELETE /health HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /other HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /health HTTP/1.1\r\n\r\n',
]
const TOKENS = [
  ...['\r\n', '\r\n\r\n', ' ', '\t', '\0', '\u00ff', ',', ';', '=', '?', '#', '/', '//', '%2f', '..', ':', '@', '[', ']'],
  ...['GET ', 'HEAD ', 'POST ', 'OPTIONS * ', 'HTTP/1.0', 'HTTP/1.1', '/metrics', '/locked', '/health', '/health/live', '/health/ready'],
  ...['http://localhost/metrics', 'Host: localhost\r\n', 'Host: 127.0.0.1.evil.example\r\n', 'localhost', '.', OWN_HOST, 'Bearer ', TOKEN],
  ...['Accept: ', 'text/plain', '*/*', 'application/openmetrics-text', 'version=1.0.0', 'version=0.0.4', 'escaping=dots', 'q=0.9', 'q=1e9'],
  ...['Authorization: ', 'Expect: 100-continue\r\n', 'Expect: x\r\n', 'Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n'],
]
