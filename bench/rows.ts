// The table of what is measured: one row a scenario and size, with the figure that the router has to reach. Data only.

import type { SerializerName } from '@trunkline/protocol'
import type { LoadOptions } from './load/measure.ts'

type Settings = Partial<Omit<LoadOptions, 'scenario' | 'target' | 'seconds' | 'warmupSeconds'>>

export interface Row {
  readonly scenario: string
  readonly name: string
  readonly unit: string
  readonly settings: Settings
  /** Set where the row is about a serializer or transport; the others take those of the command line. */
  readonly wire?: { readonly serializer: SerializerName; readonly transport: 'websocket' | 'rawsocket' }
  /** What it is compared with: the relay, the router itself with other settings, or nothing. */
  readonly against: 'relay' | Settings | undefined
  /** What is judged: the ratio ours : other, its inverse (how many times slower), or the figure itself. */
  readonly judged: 'ratio' | 'slowdown' | 'figure'
  readonly atLeast?: number
  readonly atMost?: number
  readonly aim?: number
}

export const DEFAULTS: Required<Settings> = {
  serializer: 'json',
  payload: 16,
  sessions: 8,
  open: 32,
  patterns: 100,
  match: 'prefix',
  rate: 0,
  others: 0,
  kept: 0,
  retain: false,
  realm: 'realm1',
}

const CALLS = { scenario: 'rpc', unit: 'calls/cpu-s', against: 'relay', judged: 'ratio' } as const
const DELIVERIES = { unit: 'deliveries/cpu-s', against: 'relay', judged: 'ratio' } as const
const CONTRACT = { scenario: 'contract', unit: 'calls/cpu-s', judged: 'slowdown' } as const
const KEPT = { scenario: 'kept', unit: 'deliveries/cpu-s', judged: 'slowdown' } as const
const PATTERNS = { scenario: 'patterns', unit: 'deliveries/cpu-s', judged: 'slowdown', atMost: 2, aim: 1.2 } as const

export const ROWS: readonly Row[] = [
  { ...CALLS, name: 'calls 8x32, 16 B', settings: {}, atLeast: 0.25, aim: 0.5 },
  {
    ...CALLS,
    name: 'calls 8x32, MessagePack',
    settings: {},
    wire: { serializer: 'msgpack', transport: 'websocket' },
    atLeast: 0.25,
    aim: 0.55,
  },
  { ...CALLS, name: 'calls 8x32, CBOR', settings: {}, wire: { serializer: 'cbor', transport: 'websocket' }, atLeast: 0.25, aim: 0.55 },
  {
    ...CALLS,
    name: 'calls 8x32, CBOR, RawSocket',
    settings: {},
    wire: { serializer: 'cbor', transport: 'rawsocket' },
    atLeast: 0.25,
    aim: 0.55,
  },
  { ...CALLS, name: 'calls 8x32, 1 KiB', settings: { payload: 1024 }, atLeast: 0.35, aim: 0.7 },
  { ...CALLS, name: 'calls 256x1, 16 B', settings: { sessions: 256, open: 1 }, atLeast: 0.7, aim: 0.9 },
  { scenario: 'rpc-latency', name: 'single call, p50', unit: 'us', settings: {}, against: 'relay', judged: 'ratio', atMost: 1.3, aim: 1.1 },
  { ...DELIVERIES, scenario: 'pubsub', name: 'deliveries 1 to 10', settings: { sessions: 10 }, atLeast: 0.4, aim: 0.75 },
  { ...DELIVERIES, scenario: 'pubsub', name: 'deliveries 1 to 100', settings: { sessions: 100 }, atLeast: 0.4, aim: 0.9 },
  { ...DELIVERIES, scenario: 'pubsub', name: 'deliveries 1 to 1000', settings: { sessions: 1000 }, atLeast: 0.5, aim: 0.95 },
  {
    ...DELIVERIES,
    scenario: 'transcode',
    name: 'JSON to 10 MessagePack',
    settings: { sessions: 10, serializer: 'json' },
    atLeast: 0.25,
    aim: 0.5,
  },
  {
    scenario: 'connect',
    name: 'sessions opened',
    unit: 'sessions/cpu-s',
    settings: {},
    against: 'relay',
    judged: 'ratio',
    atLeast: 0.6,
    aim: 0.9,
  },
  {
    scenario: 'idle',
    name: 'idle session',
    unit: 'KiB',
    settings: { sessions: 2000 },
    against: 'relay',
    judged: 'figure',
    atMost: 12,
    aim: 9,
  },
  { ...PATTERNS, name: '100,000 prefixes to 100', settings: { patterns: 100_000 }, against: { patterns: 100 } },
  {
    ...PATTERNS,
    name: '100,000 wildcards to 100',
    settings: { patterns: 100_000, match: 'wildcard' },
    against: { patterns: 100, match: 'wildcard' },
  },
  { ...KEPT, name: 'history of 10 to none', settings: { kept: 10, sessions: 1 }, against: { sessions: 1 }, atMost: 2, aim: 1.3 },
  {
    ...KEPT,
    name: 'history of 1,000 to 10',
    settings: { kept: 1000, sessions: 1 },
    against: { kept: 10, sessions: 1 },
    atMost: 1.6,
    aim: 1.3,
  },
  {
    ...KEPT,
    name: 'retained to not, 1 to 1000',
    settings: { retain: true, sessions: 1000 },
    against: { sessions: 1000 },
    atMost: 1.3,
    aim: 1.1,
  },
  {
    ...CONTRACT,
    name: 'contract that is off, 67 B',
    settings: { payload: 67, realm: 'off' },
    against: { payload: 67 },
    atMost: 1.15,
    aim: 1.05,
  },
  {
    ...CONTRACT,
    name: 'URI in no contract, 67 B',
    settings: { payload: 67, realm: 'elsewhere' },
    against: { payload: 67 },
    atMost: 1.3,
    aim: 1.1,
  },
  {
    ...CONTRACT,
    name: 'contract, calls of 67 B',
    settings: { payload: 67, realm: 'checked' },
    against: { payload: 67 },
    atMost: 2,
    aim: 1.5,
  },
  {
    ...CONTRACT,
    name: 'contract, calls of 6.8 KB',
    settings: { payload: 6800, realm: 'checked' },
    against: { payload: 6800 },
    atMost: 2,
    aim: 1.5,
  },
  {
    scenario: 'shared',
    name: '100 callees that share to 1',
    unit: 'calls/cpu-s',
    settings: { sessions: 100, others: 99 },
    against: { sessions: 100, others: 0 },
    judged: 'slowdown',
    atMost: 2,
    aim: 1.3,
  },
  {
    scenario: 'subscribers',
    name: '1,000th subscriber to 1st',
    unit: 'joins/cpu-s',
    settings: { others: 999, open: 4 },
    against: { others: 0, open: 4 },
    judged: 'slowdown',
  },
  {
    scenario: 'slow',
    name: 'stopped reader, growth',
    unit: 'MiB',
    settings: { sessions: 4, payload: 8192, rate: 2000 },
    against: undefined,
    judged: 'figure',
    atMost: 16,
  },
  {
    scenario: 'amplification',
    name: 'memory by an octet, worst',
    unit: 'octets',
    settings: { sessions: 8 },
    against: undefined,
    judged: 'figure',
    atMost: 16,
    aim: 8,
  },
]
