// A caller, a router and a callee, each with an exporter of its own, and the trace that Jaeger shows of them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { connect } from '@trunkline/client'
import type { Client } from '@trunkline/client'
import { trace } from '@trunkline/client/tracing'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { freePorts } from '../faults/processes.ts'

const BIN = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url))
const WAIT_MS = 60_000
const EXPECTED = [
  'browser com.shop.buy <- ',
  'trunkline route com.shop.buy <- browser com.shop.buy',
  'trunkline wait com.shop.buy <- trunkline route com.shop.buy',
  'shop com.shop.buy <- trunkline wait com.shop.buy',
  'shop publish com.shop.sold <- shop com.shop.buy',
  'trunkline route event <- shop publish com.shop.sold',
  'browser process com.shop.sold <- trunkline route event',
]

interface Shown {
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>
  readonly spans: readonly {
    readonly spanID: string
    readonly operationName: string
    readonly processID: string
    readonly references: readonly { readonly spanID: string }[]
  }[]
}

const folder = mkdtempSync(join(tmpdir(), 'trunkline-traces-'))
const [port = 0, query = 0] = await freePorts(2)
const endpoint = `http://127.0.0.1:${port}`
const anyPort = ['admin.http', 'collector.grpc-server', 'collector.http-server', 'collector.otlp.grpc', 'query.grpc-server']
const jaeger = new Child([
  process.env['JAEGER'] ?? 'jaeger',
  ...anyPort.map((name) => `--${name}.host-port=127.0.0.1:0`),
  `--collector.otlp.http.host-port=127.0.0.1:${port}`,
  `--query.http-server.host-port=127.0.0.1:${query}`,
])
writeFileSync(
  join(folder, 'trunkline.yaml'),
  `listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]
realms: { realm1: { anonymous: { role: guest }, roles: { guest: [{ uri: com.shop.**, allow: [call, register, publish, subscribe] }] } } }
tracing: { endpoint: "${endpoint}" }`,
)
const router = Child.node([...FROM_SOURCE, BIN, 'start', '--config', join(folder, 'trunkline.yaml')])
let failure: string | undefined
try {
  await until(async () => (await fetch(`http://127.0.0.1:${query}/`)).ok)
  await until(
    async () => (await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).ok,
  )
  const [, url = ''] = await router.shows(/"address":"(ws:[^"]+)"/)
  await buy(url)
  await router.end('SIGTERM')
  await until(async () => (await shownSpans()).length === EXPECTED.length)
  const shown = await shownSpans()
  for (const line of shown) console.log(line)
  if (shown.toSorted().join('\n') !== EXPECTED.toSorted().join('\n')) failure = 'another trace was expected'
} catch (error) {
  failure = `${String(error)}\n${router.output}\n${jaeger.output.slice(-2_000)}`
} finally {
  for (const child of [jaeger, router]) child.kill('SIGTERM')
  rmSync(folder, { recursive: true })
}
if (failure !== undefined) console.log(`FAILED the trace in Jaeger: ${failure}`)
console.log(failure === undefined ? '1 passed, 0 failed' : '0 passed, 1 failed')
process.exit(failure === undefined ? 0 : 1)

/** A call whose handler publishes an event to its caller. */
async function buy(url: string): Promise<void> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const [shop, browser] = [await program(url, 'shop'), await program(url, 'browser')]
  let heard = (): void => {}
  const sold = new Promise<void>((resolve) => (heard = resolve))
  await browser.subscribe('com.shop.sold', () => heard())
  await shop.register('com.shop.buy', async ({ args }) => {
    await shop.publish('com.shop.sold', args, { acknowledge: true })
    return args.length
  })
  await browser.call('com.shop.buy', ['shoe'])
  await sold
  await Promise.all([shop.stop(), browser.stop()])
}

async function program(url: string, service: string): Promise<Client> {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })
  const resource = resourceFromAttributes({ 'service.name': service })
  const tracerProvider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] })
  return trace(await connect({ url, realm: 'realm1' }), { tracerProvider })
}

/** Each span with its service and its parent. */
async function shownSpans(): Promise<string[]> {
  const answer = (await (await fetch(`http://127.0.0.1:${query}/api/traces?service=browser`)).json()) as { readonly data: readonly Shown[] }
  return answer.data.flatMap(({ spans, processes }) => {
    const names = new Map(spans.map((each) => [each.spanID, `${processes[each.processID]?.serviceName ?? ''} ${each.operationName}`]))
    return spans.map(({ spanID, references }) => `${names.get(spanID) ?? ''} <- ${names.get(references[0]?.spanID ?? '') ?? ''}`)
  })
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(200)) {
    if (await isSo().catch(() => false)) return
  }
}
