// The values that go through the router. Data only.

import type { NeutralValues } from './protocol.ts'
import type { Neutral } from './value.ts'

/** Positional and keyword values, by the name of the case. */
export const VALUES: Readonly<Record<string, NeutralValues>> = {
  nothing: values([]),
  null: values([null]),
  booleans: values([true, false]),
  'text: empty': values(['']),
  'text: several scripts': values(['Grüße, мир, 世界, שלום, \u0301']),
  'text: astral': values(['\u{1f680}\u{1d11e}\u{10ffff}']),
  'text: control characters and quotes': values(['\u0001\u001f"\\/\u007f\u2028\n']),
  'text: NUL inside': values(['a\u0000b']),
  'integer: 0': values([0]),
  'integer: -1': values([-1]),
  'integer: 2^31': values([2 ** 31]),
  'integer: 2^32': values([2 ** 32]),
  'integer: 2^53-1': values([2 ** 53 - 1]),
  'integer: -(2^53-1)': values([-(2 ** 53 - 1)]),
  'float: 1.5': values([1.5]),
  'float: -0.25': values([-0.25]),
  'float: 0.1': values([0.1]),
  'float: 1e300': values([1e300]),
  'float: 5e-324': values([5e-324]),
  'list: empty': values([[]]),
  'dict: empty': values([{}]),
  'list: nested': values([[[[[1, [2]], null]], 'x']]),
  'dict: nested': values([{ a: { b: [{ c: null, d: [true] }] }, '': 'empty key', ключ: '🔑' }]),
  'dict: key __proto__': values([Object.fromEntries([['__proto__', 1]])]),
  'kwargs: alone': values([], { name: 'x', count: 3 }),
  'args and kwargs': values([1, 'two', [3]], { four: 4, five: { six: null } }),
  'kwargs: key __proto__': values([1], Object.fromEntries([['__proto__', { x: 1 }]])),
  'binary: empty': values([{ $bin: '' }]),
  'binary: all octets': values([{ $bin: Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)).toString('base64') }]),
  'binary: inside': values([{ list: [{ $bin: 'AAECAw==' }] }], { data: { $bin: '/w==' } }),
  'text: 1 MiB': values([{ $repeat: ['é🚀x1', 131_072] }]),
  'binary: 1 MiB': values([{ $fill: [0xa7, 1_048_576] }]),
}

/** What a failing procedure throws. */
export const ERROR_URI = 'com.interop.error.custom'
export const ERROR_VALUES = values(['reason: ü', 42, null], { detail: [1, 2], text: '🚀' })

/** Events in order without loss, once for each pair. */
export const SEQUENCE_LENGTH = 10_000

function values(args: readonly Neutral[], kwargs: NeutralValues['kwargs'] = {}): NeutralValues {
  return { args, kwargs }
}
