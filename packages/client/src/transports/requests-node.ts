// HTTP requests of Node: its `fetch`, or for certificates, headers or an agent, not all of which `fetch` supports, its
// HTTP client.

import type { Agent, IncomingMessage, RequestOptions } from 'node:http'
import { request as requestOver } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { Readable } from 'node:stream'
import { answerOctets } from './answer-octets.ts'
import { checkWay } from './check-way.ts'
import type { WayOptions } from './transport.ts'

/** The part of `fetch` that requests need: a complete body, and no redirects. */
type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** A function that makes requests. */
export function requestsBy(way: WayOptions): Fetch {
  const { tls, headers, httpAgent } = way
  checkWay(way)
  if ((tls ?? headers ?? httpAgent) === undefined) return fetch
  return (url, { headers: own, body, method, signal }) => {
    const all = { ...headers, ...(own as Readonly<Record<string, string>>) }
    return ask(url, { ...tls, method, headers: all, agent: httpAgent as Agent | undefined }, body, signal as AbortSignal)
  }
}

function ask(url: string, options: RequestOptions, body: unknown, signal: AbortSignal): Promise<Response> {
  const request = url.startsWith('https:') ? requestOverTls : requestOver
  return new Promise((resolve, reject) => {
    const abandon = (): void => reject(signal.reason as Error)
    // Without this, Node would wait until the agent has made the connection.
    signal.addEventListener('abort', abandon, { once: true })
    request(url, { ...options, signal }, (answer) => void responseOf(answer).then(resolve, reject))
      .on('error', reject)
      .on('close', () => signal.removeEventListener('abort', abandon))
      .end(body ?? '')
  })
}

async function responseOf(answer: IncomingMessage): Promise<Response> {
  const octets = await answerOctets(Readable.toWeb(answer) as ReadableStream<Uint8Array>)
  return new Response(octets.length === 0 ? null : octets, { status: answer.statusCode ?? 500 })
}
