// The metrics of a router as a page for Prometheus: who may read it, and its text. Opens no listener.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSame } from '../authentication/secrets.ts'
import { descriptorLimit } from '../descriptor-limit.ts'
import { AddressList, UNIX } from '../listeners/address-list.ts'
import { answer, content, send } from '../listeners/http-answer.ts'
import type { RequestSource, RouteHandler } from '../listeners/listener.ts'
import { pathOf } from '../listeners/websocket-upgrade.ts'
import { acceptedFormat } from './accepted-format.ts'
import type { TextFormat } from './exposition.ts'
import { exposition } from './exposition.ts'
import { KeptPages } from './kept-pages.ts'
import type { MeasuredRouter } from './measured-router.ts'
import type { MetricSource } from './metric.ts'
import { ProcessWatch } from './process-readings.ts'
import { PROCESS_METRICS } from './process-table.ts'
import { routerReadings } from './router-readings.ts'
import { ROUTER_METRICS } from './router-table.ts'

/** Where the page is, and who may read it. */
export interface MetricsAccess {
  /** Default `/metrics`. */
  readonly path?: string | undefined
  /** Addresses or networks of clients that may read it; for others it does not exist. Default: all. */
  readonly addresses?: readonly string[] | undefined
  /** The bearer token that clients have to send (RFC 6750). Default: none is needed. */
  readonly token?: string | undefined
}

/**
 * The metrics of a router and its process, for Prometheus.
 *
 * @example
 * import { createRouter, Metrics } from '@trunkline/router'
 *
 * const router = createRouter()
 * const metrics = new Metrics(router)
 * const listener = await router.listenHttp({ host: '127.0.0.1', port: 0, paths: [], routes: metrics.route() })
 * const answer = await fetch(`${listener.address}metrics`)
 * console.log((await answer.text()).includes('trunkline_sessions_opened_total 0'))
 * metrics.close()
 * await router.close()
 */
export class Metrics {
  readonly #sources: readonly MetricSource[]
  readonly #router: MeasuredRouter
  readonly #texts = new KeptPages<TextFormat>((format) => content('', this.text(format)))
  #watch: ProcessWatch | undefined

  /** @param more sources of the program's own, whose names must be new */
  constructor(router: MeasuredRouter, more: readonly MetricSource[] = []) {
    this.#router = router
    this.#sources = [
      { table: ROUTER_METRICS, read: () => routerReadings(router) },
      { table: PROCESS_METRICS, read: () => this.#started().read() },
      ...more,
    ]
  }

  /** The page. The first call, or that of {@link route}, begins to time calls and to look at the process. */
  text(format: TextFormat = 'text'): string {
    return exposition(this.#sources, format)
  }

  /**
   * A handler for `routes` of a listener, which answers requests for the page. Where making it has taken more than a tenth of the time,
   * it answers with the last page again.
   * @throws {UsageError} when one of the addresses is neither an address nor a network
   */
  route({ path = '/metrics', addresses, token }: MetricsAccess = {}): RouteHandler {
    const known = addresses && new AddressList(addresses)
    this.#started()
    return (request, response, source) => {
      if (pathOf(request) !== path || (known !== undefined && !isKnown(known, source))) return false
      this.#answer(request, response, token)
      return true
    }
  }

  /** Stops looking at the process. */
  close(): void {
    this.#watch?.stop()
  }

  #started(): ProcessWatch {
    this.#router.durations.start()
    return (this.#watch ??= new ProcessWatch(descriptorLimit()))
  }

  #answer(request: IncomingMessage, response: ServerResponse, token: string | undefined): void {
    const { method, headers } = request
    if (method !== 'GET' && method !== 'HEAD') return answer(response, 405, 'this address accepts only GET', { Allow: 'GET, HEAD' })
    if (token !== undefined && !isSame(bearerOf(headers.authorization), token)) {
      return answer(response, 401, 'a bearer token is needed', { 'WWW-Authenticate': 'Bearer' })
    }
    const { format, contentType: type } = acceptedFormat(headers.accept)
    send(response, 200, { ...this.#texts.get(format), type }, { 'Cache-Control': 'no-store', Vary: 'Accept' })
  }
}

function isKnown(known: AddressList, { address }: RequestSource): boolean {
  return known.has(address ?? UNIX)
}

function bearerOf(header = ''): string {
  return /^bearer +(\S+) *$/i.exec(header)?.[1] ?? ''
}
