// Measures the converter alone: time for an octet of payload that is made to be dear, by kinds and directions, and how much it grows.
// Run: npx tsx --conditions=trunkline-source bench/conversion.bench.ts [KIND]. It must never use a network or other parts.

import { isUtf8 } from 'node:buffer'
import type { PublishMessage, SerializerName, SerializerOptions } from '@trunkline/protocol'
import {
  createCborSerializer,
  createConverter,
  createJsonSerializer,
  createMsgpackSerializer,
  messageFromArray,
  Payload,
  PayloadError,
} from '@trunkline/protocol'

/** What one kind is made of in one format: text for JSON, hexadecimal digits for the others. */
type Form =
  /** What comes again and again, in turn, as the values of a list. */
  | { readonly each: string | readonly string[]; readonly within?: undefined }
  /** One long string: what opens it, what comes again and again, what closes it; where nothing does, its length follows what opens it. */
  | { readonly within: readonly [open: string, each: string, close: string] }

const OCTETS = 4 * 1024 * 1024
const WARM_UP_OCTETS = 20_000
const RUNS = 3
const NAMES: readonly SerializerName[] = ['json', 'msgpack', 'cbor']
const AIM = 100
/** How a list opens whose count follows in four octets, and a list of one. */
const LISTS = { msgpack: 'dd', cbor: '9a' }
const ONE = { msgpack: '91', cbor: '81' }

let seed = 1
/** From Numerical Recipes: the same at each run. */
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 0x1_0000_0000) * below)
}

const KINDS: Readonly<Record<SerializerName, Readonly<Record<string, Form>>>> = {
  json: {
    words: { each: 'null' },
    digits: { each: '1' },
    'small negative integers': { each: '-1' },
    'integers of 15 digits': { each: '123456789012345' },
    'integers of 16 digits': { each: '1234567890123456' },
    'integers beyond 2^53': { each: '9007199254740993' },
    'negative integers beyond 2^53': { each: '-9007199254740993' },
    'integers of 64 bits': { each: '18446744073709551615' },
    'short floats': { each: '1.5' },
    'floats without a fraction': { each: '1e9' },
    'zeros with an exponent': { each: '0e9' },
    'large floats': { each: '1e300' },
    'small floats': { each: '5e-324' },
    'floats of 17 digits': { each: '0.30000000000000004' },
    'floats of 17 digits, small': { each: '2.2250738585072011e-308' },
    prices: { each: draw(() => (random(100_000) / 100).toFixed(2)) },
    'any floats of 17 digits': { each: draw(() => `${random(10)}.${random(1e8)}${random(1e8)}e${random(200) - 100}`) },
    'any large floats': { each: draw(() => `${random(10)}e${100 + random(200)}`) },
    'any integers of 64 bits': { each: draw(() => String(2n ** 63n + BigInt(random(2 ** 32)) * BigInt(random(2 ** 30)))) },
    'floats of 800 digits': { each: `0.${'3'.repeat(800)}` },
    'floats halfway': { each: `9007199254740993.${'0'.repeat(30)}1` },
    'empty strings': { each: '""' },
    'short strings': { each: '"a"' },
    'strings of 30': { each: `"${'a'.repeat(30)}"` },
    'strings of 100': { each: `"${'a'.repeat(100)}"` },
    'one long string': { within: ['"', 'a', '"'] },
    'short strings beyond ASCII': { each: '"é"' },
    'a long string beyond ASCII': { within: ['"', '€', '"'] },
    'short escapes': { each: '"\\n"' },
    'escapes by number': { each: '"\\u00e9"' },
    'escapes of pairs': { each: '"\\ud83d\\ude00"' },
    'escapes beside text': { each: '"aaaaaaaa\\naaaaaaaa"' },
    'a long string of short escapes': { within: ['"', '\\n', '"'] },
    'a long string of escapes by number': { within: ['"', '\\u00e9', '"'] },
    'a long string of escapes and text': { within: ['"', '\\n€', '"'] },
    'text behind U+0000': { each: '"\\u0000*"' },
    'empty byte arrays': { each: '"\\u0000"' },
    'short byte arrays': { each: '"\\u0000AQID"' },
    'a long byte array': { within: ['"\\u0000', 'AQID', '"'] },
    'a long byte array, escaped': { within: ['"\\u0000', '\\u0041QID', '"'] },
    'empty lists': { each: '[]' },
    'empty dicts': { each: '{}' },
    'small dicts': { each: '{"a":1}' },
    'dicts with escaped keys': { each: '{"\\n":1}' },
    'deep lists': { each: `${'['.repeat(60)}${']'.repeat(60)}` },
    'deep dicts': { each: `${'{"":'.repeat(60)}0${'}'.repeat(60)}` },
    blanks: { each: `0${' '.repeat(20)}` },
  },
  msgpack: {
    nils: { each: 'c0' },
    'integers of one octet': { each: '01' },
    'small negative integers': { each: 'ff' },
    'integers of two octets': { each: 'ccff' },
    'negative integers of two octets': { each: 'd080' },
    'integers of 32 bits': { each: 'ceffffffff' },
    'integers beyond 2^53': { each: 'cf0020000000000001' },
    'integers of 64 bits': { each: 'cfffffffffffffffff' },
    'negative integers beyond 2^53': { each: 'd38000000000000000' },
    'floats of 32 bits': { each: 'ca3dcccccd' },
    'small floats of 32 bits': { each: 'ca00000001' },
    'large floats': { each: 'cb7e37e43c8800759c' },
    'floats of 17 digits': { each: 'cb3fd3333333333334' },
    'floats of 17 digits, small': { each: 'cb000fffffffffffff' },
    'floats that are integers': { each: 'cb3ff0000000000000' },
    'large floats that are integers': { each: 'cb4415af1d78b58c40' },
    'any floats of 32 bits': { each: drawn('ca3f', 3) },
    'any floats': { each: drawn('cb3f', 7) },
    'any integers of 64 bits': { each: drawn('cff0', 7) },
    'empty strings': { each: 'a0' },
    'short strings': { each: 'a161' },
    'strings of 30': { each: `be${'61'.repeat(30)}` },
    'strings of 100': { each: `d964${'61'.repeat(100)}` },
    'short strings beyond ASCII': { each: 'a2c3a9' },
    'long lists of strings beyond ASCII': { each: `d964${'c3a9'.repeat(50)}` },
    'strings of a control character': { each: 'a101' },
    'strings of quotes': { each: 'a422222222' },
    'a long string of control characters': { within: ['db', '01', ''] },
    'a long string of line ends': { within: ['db', '0a', ''] },
    'a long string of quotes and text': { within: ['db', '2261', ''] },
    'a long string': { within: ['db', '61', ''] },
    'empty byte arrays': { each: 'c400' },
    'byte arrays of one octet': { each: 'c40100' },
    'a long byte array': { within: ['c6', '00', ''] },
    'empty lists': { each: '90' },
    'empty dicts': { each: '80' },
    'small dicts': { each: '81a16101' },
    'dicts with integer keys': { each: '810101' },
    'dicts with keys of control characters': { each: '81a10101' },
    'deep lists': { each: `${'91'.repeat(60)}90` },
    'deep dicts': { each: `${'81a0'.repeat(60)}80` },
    undefined: { each: 'd40000' },
    timestamps: { each: 'd6ff00000000' },
  },
  cbor: {
    undefined: { each: 'f7' },
    'integers of one octet': { each: '01' },
    'integers in more octets than needed': { each: '1b0000000000000001' },
    'integers beyond 2^53': { each: '1b0020000000000001' },
    'integers of 64 bits': { each: '1bffffffffffffffff' },
    'negative integers beyond 2^53': { each: '3b7fffffffffffffff' },
    'half floats': { each: 'f93c00' },
    'small half floats': { each: 'f90001' },
    'half floats with a fraction': { each: 'f93555' },
    'any half floats': { each: draw(() => `f9${(random(31) * 1024 + random(1024)).toString(16).padStart(4, '0')}`) },
    'floats of 32 bits': { each: 'fa3dcccccd' },
    'large floats': { each: 'fb7e37e43c8800759c' },
    'floats of 17 digits, small': { each: 'fb000fffffffffffff' },
    'short strings': { each: '6161' },
    'short strings beyond ASCII': { each: '62c3a9' },
    'strings of a control character': { each: '6101' },
    'a long string of control characters': { within: ['7a', '01', ''] },
    'empty strings in chunks': { each: '7fff' },
    'strings of empty chunks': { each: `7f${'60'.repeat(30)}ff` },
    'strings of short chunks': { each: '7f61616161ff' },
    'a long string of empty chunks': { within: ['7f', '60', 'ff'] },
    'a long string of chunks of control characters': { within: ['7f', '6101', 'ff'] },
    'empty byte arrays': { each: '40' },
    'empty byte arrays in chunks': { each: '5fff' },
    'empty byte arrays with a tag': { each: 'd84040' },
    'empty lists': { each: '80' },
    'empty lists with a break': { each: '9fff' },
    'empty dicts with a break': { each: 'bfff' },
    'small dicts': { each: 'a1616101' },
    'small dicts with a break': { each: 'bf616101ff' },
    'keys in chunks': { each: 'a17f6101ff01' },
    'dicts with integer keys': { each: 'a10101' },
    'deep lists with a break': { each: `${'9f'.repeat(60)}${'ff'.repeat(60)}` },
    dates: { each: 'c100' },
  },
}

/** Node's own ways with text, as the router has them. */
const text: SerializerOptions['text'] = {
  isUtf8: (bytes, start, end) => isUtf8(bytes.subarray(start, end)),
  decode: (bytes, start, end) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end),
  write: (value, target, at) => Buffer.from(target.buffer, target.byteOffset, target.byteLength).write(value, at),
}
const options = { text, convert: createConverter({ text }) }
const serializers = { json: createJsonSerializer(options), msgpack: createMsgpackSerializer(options), cbor: createCborSerializer(options) }
const wanted = process.argv[2] ?? ''
const kinds = NAMES.flatMap((from) => Object.entries(KINDS[from]).map(([name, form]) => ({ from, name, form })))

console.log(
  `Node ${process.version}; payload of ${OCTETS / 1024 / 1024} MiB, processor time, mean of ${RUNS}; aim: below ${AIM} ns an octet`,
)
console.log('check: what decoding the message takes. octets: how many come of one. refused: no other form has such a value')
console.log('from      to          check   convert   octets   kind')
for (const { from, form } of kinds) for (const to of NAMES) measure(from, to, payload(from, form, WARM_UP_OCTETS))
let worst = 0
for (const { from, name, form } of kinds.filter((each) => `${each.from} ${each.name}`.includes(wanted))) {
  const raw = payload(from, form, OCTETS)
  for (const to of NAMES) {
    if (to === from) continue
    const { check, convert, octets } = measure(from, to, raw)
    worst = Math.max(worst, check, convert)
    const grown = octets === undefined ? 'refused' : octets.toFixed(2)
    const mark = Math.max(check, convert) < AIM ? '' : '  <-- dear'
    console.log(
      `${from.padEnd(9)} ${to.padEnd(8)} ${check.toFixed(1).padStart(8)} ${convert.toFixed(1).padStart(9)} ${grown.padStart(8)}   ${name}${mark}`,
    )
  }
}
console.log(`worst: ${worst.toFixed(1)} ns an octet`)

/** Nanoseconds for an octet, of the check and of the conversion, and how many octets come of one. */
function measure(
  from: SerializerName,
  to: SerializerName,
  raw: Uint8Array,
): { check: number; convert: number; octets: number | undefined } {
  const message = messageWith(from, raw)
  let octets: number | undefined
  const check = timeOf(() => void serializers[from].decode(message))
  const convert = timeOf(() => (octets = converted(from, to, raw)))
  return { check: check / raw.length, convert: convert / raw.length, octets: octets === undefined ? undefined : octets / raw.length }
}

/** Nanoseconds of processor time, of all threads of the process. */
function timeOf(run: () => void): number {
  const start = process.cpuUsage()
  for (let i = 0; i < RUNS; i++) run()
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * 1000) / RUNS
}

/** The octets that come of a conversion; undefined where it is refused. */
function converted(from: SerializerName, to: SerializerName, raw: Uint8Array): number | undefined {
  try {
    return serializers[to].convertItems(from, raw, 1).length
  } catch (error) {
    if (error instanceof PayloadError) return undefined
    throw error
  }
}

function messageWith(from: SerializerName, raw: Uint8Array): Uint8Array {
  const message = messageFromArray([16, 1, {}, 'bench.topic']) as PublishMessage
  return serializers[from].encode({ ...message, payload: Payload.fromRaw(serializers[from], raw, 1) }).slice()
}

/** Raw items of one kind, with about this number of octets. */
function payload(from: SerializerName, form: Form, octets: number): Uint8Array {
  const [open, each, close] = form.within ?? ['', form.each, '']
  const values = typeof each === 'string' ? [each] : each
  const unit = from !== 'json' ? values.join('') : form.within === undefined ? `${values.join()},` : values.join('')
  const times = Math.ceil(octets / Buffer.byteLength(unit, from === 'json' ? 'utf8' : 'hex'))
  if (from === 'json') return Buffer.from(`[${open}${unit.repeat(times).replace(/,$/, '')}${close}]`)
  const length = (times * unit.length) / 2
  const head = form.within === undefined ? LISTS[from] + size(times * values.length) : ONE[from] + open + (close === '' ? size(length) : '')
  return Buffer.from(head + unit.repeat(times) + close, 'hex')
}

/** Hexadecimal digits of a number of random octets, after a given first one. */
function drawn(first: string, octets: number): string[] {
  return draw(() => first + Array.from({ length: octets }, () => random(256).toString(16).padStart(2, '0')).join(''))
}

function draw(value: () => string): string[] {
  return Array.from({ length: 20_000 }, value)
}

function size(count: number): string {
  return count.toString(16).padStart(8, '0')
}
