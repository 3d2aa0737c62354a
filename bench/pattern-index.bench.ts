// Measures the match index alone: time of a match against 100, 10,000 and 100,000 patterns, and heap per pattern.
// Run: npx tsx --conditions=trunkline-source bench/pattern-index.bench.ts. It must never use a network or other parts.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PatternIndex } from '../packages/router/src/core/matching/pattern-index.ts'
import { WildcardBudget } from '../packages/router/src/core/matching/wildcard-budget.ts'

interface Entry {
  hits: number
}

interface Shape {
  readonly name: 'exact' | 'prefix' | 'wildcard'
  readonly pattern: (i: number) => string
}

const SIZES = [100, 10_000, 100_000]
const BATCHES = 2000
const BATCH = 64
const HOT_TOPICS = 64
const SHAPES: readonly Shape[] = [
  { name: 'exact', pattern: topic },
  { name: 'prefix', pattern: (i) => `com.app.device${i}.s` },
  { name: 'wildcard', pattern: (i) => `com.app.device${i}..value` },
]

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

console.log(`Node ${process.version}; median of ${BATCHES} batches of ${BATCH} matches, each with one hit`)
console.log('hot: the same 64 topics again and again; spread: topics over all patterns')
console.log('policy    patterns   best hot   best spread   all hot   all spread   ns per miss   bytes per pattern')
for (const shape of SHAPES) warmUp(shape)
for (const shape of SHAPES) for (const size of SIZES) measure(shape, size)
measureWorst()

function topic(i: number): string {
  return `com.app.device${i}.sensor.value`
}

function build(shape: Shape, size: number): { index: PatternIndex<Entry>; bytesPerPattern: number } {
  const patterns = Array.from({ length: size }, (_, i) => flat(shape.pattern(i)))
  const entry: Entry = { hits: 0 }
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const index = new PatternIndex<Entry>()
  for (const pattern of patterns) index.set(shape.name, pattern, entry)
  collectGarbage()
  const bytesPerPattern = (process.memoryUsage().heapUsed - before) / patterns.length
  return { index, bytesPerPattern }
}

function measure(shape: Shape, size: number): void {
  const { index, bytesPerPattern } = build(shape, size)
  const hot = topics(size, Math.min(size, HOT_TOPICS))
  const spread = topics(size, size)
  const missed = hot.map((uri) => flat(uri.replace('device', 'devixe')))
  const columns = [
    nanoseconds(hot, (uri) => best(index, uri)),
    nanoseconds(spread, (uri) => best(index, uri)),
    nanoseconds(hot, (uri) => all(index, uri)),
    nanoseconds(spread, (uri) => all(index, uri)),
    nanoseconds(missed, (uri) => all(index, uri)),
    // Below some thousand patterns the noise of the heap is larger.
    size < 10_000 ? Number.NaN : bytesPerPattern,
  ]
  const widths = [11, 14, 10, 13, 14, 20]
  const figures = columns.map((value, i) => (Number.isNaN(value) ? '-' : value.toFixed(0)).padStart(widths[i] ?? 12)).join('')
  console.log(shape.name.padEnd(9) + String(size).padStart(9) + figures)
}

/** Patterns that all but match, as many as a realm takes by its default limit, from owners enough to use all of it. */
function measureWorst(): void {
  const index = new PatternIndex<Entry>()
  const budget = new WildcardBudget(512)
  const components = 12
  for (let mask = 0; mask < 2 ** (components - 1); mask++) {
    const pattern = [...Array.from({ length: components - 1 }, (_, i) => ((mask >> i) & 1 ? '' : 'a')), 'never'].join('.')
    const owner = String(mask % 8)
    if (!budget.hasRoom(pattern, owner)) continue
    budget.add(pattern, owner)
    index.set('wildcard', pattern, { hits: 0 })
  }
  const uri = Array.from({ length: components }, () => 'a').join('.')
  const time = nanoseconds([uri], (fresh) => all(index, fresh))
  console.log(`worst: ${index.nodeCount} nodes of wildcards that all but match, ${time.toFixed(0)} ns for a publication`)
}

function best(index: PatternIndex<Entry>, uri: string): void {
  const entry = index.best(uri)
  if (entry !== undefined) entry.hits++
}

/** What a publication looks up: the exact entry and every pattern. */
function all(index: PatternIndex<Entry>, uri: string): void {
  const entry = index.exact(uri)
  if (entry !== undefined) entry.hits++
  index.forEachPattern(uri, hit)
}

function hit(entry: Entry): void {
  entry.hits++
}

/** `count` topics, evenly over the patterns, in a scattered order. */
function topics(size: number, count: number): string[] {
  const step = size / count
  return Array.from({ length: count }, (_, i) => flat(topic(Math.floor(((i * 7919) % count) * step))))
}

/** A fresh flat string, as a decoder makes it, whose hash is not yet known. */
function flat(text: string): string {
  return Buffer.from(text).toString()
}

/** Median time of one match. The strings of each batch are new, made outside the measured time. */
function nanoseconds(uris: readonly string[], match: (uri: string) => void): number {
  const times: number[] = []
  let next = 0
  for (let batch = 0; batch < BATCHES; batch++) {
    const fresh: string[] = []
    while (fresh.length < BATCH) fresh.push(flat(uris[next++ % uris.length] ?? ''))
    const start = process.hrtime.bigint()
    for (const uri of fresh) match(uri)
    times.push(Number(process.hrtime.bigint() - start) / BATCH)
  }
  return times.sort((a, b) => a - b)[BATCHES >> 1] ?? 0
}

function warmUp(shape: Shape): void {
  const { index } = build(shape, 1000)
  nanoseconds(topics(1000, 1000), (uri) => best(index, uri))
  nanoseconds(topics(1000, 1000), (uri) => all(index, uri))
}
