// The metrics of a router as a page for Prometheus: who may read it, and its text. Opens no listener.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import { isSame } from '../authentication/secrets.ts'
import { hostOfHeader, isOwnHost } from '../authentication/web-host.ts'
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
import { mergedReadings } from './merged-readings.ts'
import type { MetricSource, Readings } from './metric.ts'
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
  /**
   * The names by which clients may reach the page without a token or TLS, besides localhost and IP addresses. By any other name a web page
   * could read it: it can lead a name of its own to the address of the router (DNS rebinding). Default: none.
   */
  readonly hosts?: readonly string[] | undefined
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
  readonly #others: (() => Promise<OtherReadings>) | undefined
  /** The readings of the other processes, as long as they are being asked for. */
  #asked: Promise<OtherReadings> | undefined
  #lastOfOthers: OtherReadings = []
  #watch: ProcessWatch | undefined

  /**
   * @param more sources of the program's own, whose names must be new
   * @param others of a router with several processes: resolves to the {@link readings} of each of the others
   */
  constructor(router: MeasuredRouter, more: readonly MetricSource[] = [], others?: () => Promise<OtherReadings>) {
    this.#router = router
    this.#others = others
    this.#sources = [
      { table: ROUTER_METRICS, read: () => routerReadings(router) },
      { table: PROCESS_METRICS, read: () => this.#started().read() },
      ...more,
    ]
  }

  /** The page. The first call, or that of {@link route}, begins to time calls and to look at the process. */
  text(format: TextFormat = 'text'): string {
    const others = this.#lastOfOthers
    if (others.length === 0) return exposition(this.#sources, format)
    const all = this.#sources.map(({ table, read }, i) => {
      const elsewhere = others.map((each) => each[i]).filter((readings) => readings !== undefined)
      return { table, read: () => mergedReadings(table, [read(), ...elsewhere]) }
    })
    return exposition(all, format)
  }

  /** What this process alone reads now, for each source. */
  readings(): readonly Readings[] {
    return this.#sources.map(({ read }) => read())
  }

  /**
   * A handler for `routes` of a listener, which answers requests for the page. Where making it has taken more than a tenth of the time,
   * it answers with the last page again.
   * @throws {UsageError} when one of the addresses is neither an address nor a network
   */
  route({ path = '/metrics', addresses, token, hosts = [] }: MetricsAccess = {}): RouteHandler {
    const known = addresses && new AddressList(addresses)
    this.#started()
    return (request, response, source) => {
      if (pathOf(request) !== path || (known !== undefined && !isKnown(known, source))) return false
      if (token === undefined && isForeign(request, hosts)) answer(response, 403, FOREIGN_HOST)
      else if (this.#others === undefined) this.#answer(request, response, token)
      else void this.#askOthers(this.#others).then(() => this.#answer(request, response, token))
      return true
    }
  }

  /** Stops looking at the process. */
  close(): void {
    this.#watch?.stop()
  }

  /** Once at a time, however many scrape. A process that cannot answer is missing in the sums; the next scrape asks again. */
  #askOthers(ask: () => Promise<OtherReadings>): Promise<OtherReadings> {
    return (this.#asked ??= ask()
      .catch(() => [])
      .then((others) => {
        this.#asked = undefined
        return (this.#lastOfOthers = others)
      }))
  }

  #started(): ProcessWatch {
    this.#router.durations.start()
    return (this.#watch ??= new ProcessWatch(this.#router.eventLoop, descriptorLimit()))
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

/** Of each other process, the readings of each source. */
export type OtherReadings = readonly (readonly Readings[])[]

function isKnown(known: AddressList, { address }: RequestSource): boolean {
  return known.has(address ?? UNIX)
}

/** Whether the request may be that of a page which led its own name here. Browsers never leave out the Host; programs may. */
function isForeign({ headers: { host }, socket }: IncomingMessage, hosts: readonly string[]): boolean {
  if (host === undefined || socket instanceof TLSSocket) return false
  const named = hostOfHeader(host, 'http')
  return named === undefined || !isOwnHost(named.name, hosts)
}

const FOREIGN_HOST =
  'the metrics are not shown under this Host: it is neither localhost nor an address; name it in `hosts` of the listener, or set `token`'

function bearerOf(header = ''): string {
  return /^bearer +(\S+) *$/i.exec(header)?.[1] ?? ''
}
