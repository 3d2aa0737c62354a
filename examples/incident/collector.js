// Stands for Jaeger or Tempo in the walk: takes spans by OTLP over HTTP at port 4318, prints each trace that took a second or longer as a
// tree, with milliseconds, and shows the last twenty as a page at the same port. Keeps nothing else.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

const SLOW_MS = 1_000
const MOST_TRACES = 20
const PORT = Number(process.env.PORT ?? 4318)
const PAGE = { '/': ['traces.html', 'text/html; charset=utf-8'], '/traces.js': ['traces.js', 'text/javascript'] }
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

/** The spans of slow traces, by their id, the last one last. */
const traces = new Map()

async function answer(request, response) {
  try {
    if (request.method === 'POST') return response.end(take(await json(request)))
    const [file, type] = PAGE[request.url] ?? []
    const body = file === undefined ? JSON.stringify([...traces].reverse()) : await readFile(new URL(file, import.meta.url))
    response.writeHead(200, { ...HEADERS, 'Content-Type': type ?? 'application/json' }).end(body)
  } catch (error) {
    response.writeHead(400).end(String(error))
  }
}

function take({ resourceSpans = [] }) {
  const spans = resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = valueOf(resource, 'service.name') ?? ''
    return scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service })))
  })
  const ids = new Set(spans.map(({ spanId }) => spanId))
  for (const span of spans)
    if (!ids.has(span.parentSpanId) && took(span) >= SLOW_MS) keep(span.traceId, [...withThoseBelow(span, spans, 0)])
  return '{}'
}

function keep(traceId, rows) {
  for (const { depth, name, took, error = '' } of rows) {
    const title = depth === 0 ? `trace ${traceId}  ` : '  '.repeat(depth)
    console.log(`${title}${name}  ${Math.round(took)} ms  ${error}`.trimEnd())
  }
  traces.set(traceId, [...(traces.get(traceId) ?? []), ...rows])
  if (traces.size > MOST_TRACES) traces.delete(traces.keys().next().value)
}

function* withThoseBelow(span, spans, depth) {
  const { spanId, service, name, startTimeUnixNano } = span
  yield { depth, service, name, start: milliseconds(startTimeUnixNano), took: took(span), error: valueOf(span, 'error.type') }
  for (const child of spans) if (child.parentSpanId === spanId) yield* withThoseBelow(child, spans, depth + 1)
}

function valueOf({ attributes }, name) {
  return attributes.find(({ key }) => key === name)?.value.stringValue
}

function took({ startTimeUnixNano, endTimeUnixNano }) {
  return milliseconds(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano))
}

function milliseconds(nanoseconds) {
  return Number(BigInt(nanoseconds) / 1_000n) / 1_000
}

createServer((request, response) => void answer(request, response)).listen(PORT, '127.0.0.1', () =>
  console.log(`waiting for spans; slow traces are at http://127.0.0.1:${PORT}`),
)
