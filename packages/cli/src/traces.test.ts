// Shows that the configuration alone sends spans to a collector, with its headers, and what happens without a collector.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { RecordingLog } from '@trunkline/testing/ports'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { result, Running } from './testing/running-command.ts'
import { openTraces } from './traces.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-traces-'))
afterAll(() => rmSync(folder, { recursive: true }))

const IDS = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'] as const

const BY = { id: 1, identity: { authid: 'a', authrole: 'b' }, isInternal: false }
const PUBLICATION = { kind: 'publish', realm: 'realm1', by: BY, uri: 'com.a', trace: undefined, askedAt: undefined } as const

interface Sent {
  readonly request: IncomingMessage
  readonly body: { readonly resourceSpans: readonly ResourceSpans[] }
}
interface ResourceSpans {
  readonly resource: { readonly attributes: readonly unknown[] }
  readonly scopeSpans: readonly { readonly spans: readonly Readonly<Record<string, unknown>>[] }[]
}

async function openCollector(status = 200): Promise<{ readonly endpoint: string; readonly sent: Sent[] }> {
  const sent: Sent[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      sent.push({ request, body: body as Sent['body'] })
      response.writeHead(status).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent }
}

async function callOnce(tracing: string, ...options: string[]): Promise<string> {
  const file = join(folder, 'trunkline.yaml')
  const rule = '{ uri: "**", allow: [call, register, publish] }'
  writeFileSync(
    file,
    `listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]
realms: { realm1: { anonymous: { role: guest }, roles: { guest: [${rule}] } } }
tracing: ${tracing}`,
  )
  const node = new Running(['start', '--config', file])
  const [, url = ''] = await node.shows(/"address":"(ws:[^"]+)"/)
  expect((await result('publish', 'com.example.sold', '--url', url, ...options)).code).toBe(0)
  await node.interrupt()
  return node.out
}

it('sends spans to the collector that the configuration names', async () => {
  const { endpoint, sent } = await openCollector()
  const parent = `00-${IDS.join('-')}-01`
  const headers = '{ Authorization: Bearer secret }'
  await callOnce(`{ endpoint: "${endpoint}", service: shop, headers: ${headers} }`, '--option', `_traceparent=${parent}`)
  expect(sent.map(({ request: { url, headers } }) => [url, headers.authorization])).toEqual([['/v1/traces', 'Bearer secret']])
  const [{ resource, scopeSpans } = {} as ResourceSpans] = sent[0]?.body.resourceSpans ?? []
  expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'shop' } })
  expect(scopeSpans.flatMap(({ spans }) => spans)).toMatchObject([{ name: 'route event', traceId: IDS[0], parentSpanId: IDS[1] }])
})

it('begins no more traces than the configuration wants', async () => {
  const { endpoint, sent } = await openCollector()
  await callOnce(`{ endpoint: "${endpoint}", sample: 0 }`)
  expect(sent).toEqual([])
})

it('logs and counts the spans that a collector refuses, and counts the requests that have none', async () => {
  const log = new RecordingLog()
  const { tracer, dropped, close } = await openTraces({ endpoint: (await openCollector(400)).endpoint, mostPerSecond: 1 }, log)
  for (let i = 0; i < 3; i++) tracer.published(PUBLICATION)?.onEnd(0)
  await close()
  expect([dropped(), tracer.dropped]).toEqual([1, 2])
  expect(log.lines).toMatchObject([{ event: 'spans not sent', fields: { area: 'traces', spans: 1, error: expect.any(String) as string } }])
})

it('counts spans for which a slow collector leaves no room', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const log = new RecordingLog()
  const { tracer, dropped } = await openTraces({ endpoint, mostPerSecond: 10_000 }, log)
  for (let i = 0; i < 6_000; i++) tracer.published(PUBLICATION)?.onEnd(0)
  expect(dropped()).toBeGreaterThan(1_000)
  expect(log.lines).toMatchObject([{ event: 'spans not sent', fields: { spans: 1, error: 'the collector is too slow' } }])
})
