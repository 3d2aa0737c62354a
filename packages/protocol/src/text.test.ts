// Shows the text port that every runtime has: what it takes, keeps and refuses, alone and in the serializers.

import { describe, expect, it } from 'vitest'
import { messageFromArray, messageToArray } from './codec.ts'
import { createCborSerializer } from './serializers/cbor.ts'
import { createJsonSerializer } from './serializers/json.ts'
import { createMsgpackSerializer } from './serializers/msgpack.ts'
import { universalText } from './text.ts'

const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the universal text port', () => {
  it.each(['', 'a', '\ufeff', '\ufeffa', 'a\ufeff', '\ufeff\ufeff', '\ufffe', 'ü€😀'])('reads and writes %j as it is', (text) => {
    const bytes = octets(text)
    expect(universalText.decode(bytes, 0, bytes.length)).toBe(text)
    expect(universalText.isUtf8(bytes, 0, bytes.length)).toBe(true)
    const target = new Uint8Array(3 * text.length + 2)
    expect(universalText.write(text, target, 1)).toBe(bytes.length)
    expect(target.subarray(1, 1 + bytes.length)).toEqual(bytes)
  })

  it('looks at the range alone', () => {
    const bytes = Uint8Array.of(0xff, ...octets('\ufeffé'), 0xff)
    expect(universalText.decode(bytes, 1, bytes.length - 1)).toBe('\ufeffé')
    expect(universalText.isUtf8(bytes, 1, bytes.length - 1)).toBe(true)
    for (const [start, end] of [
      [0, bytes.length - 1],
      [1, bytes.length],
      [1, bytes.length - 2],
      [2, bytes.length - 1],
    ] as const)
      expect(universalText.isUtf8(bytes, start, end)).toBe(false)
  })

  it.each(['c328', 'c0af', 'eda080', 'f4908080', 'e282', '80'])('takes the octets %s for no UTF-8', (hex) => {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
    expect(universalText.isUtf8(bytes, 0, bytes.length)).toBe(false)
    expect(() => universalText.decode(bytes, 0, bytes.length)).toThrow(TypeError)
  })
})

it.each([createJsonSerializer(), createMsgpackSerializer(), createCborSerializer()])(
  'strings that begin with U+FEFF keep it in $name, wherever they stand',
  (serializer) => {
    const text = '\ufeffa'
    const long = `\ufeff${'b'.repeat(100)}`
    const messages = [
      [8, 48, 1, { _mine: text, [text]: 1, _long: long }, 'com.example.error', [text, long, [text]], { [text]: text, [long]: long }],
      [5, text, { [text]: long }],
      [4, text, {}],
      [6, { message: text }, `com.${text}`],
    ]
    for (const message of messages) {
      const bytes = serializer.encode(messageFromArray(message)).slice()
      expect(messageToArray(serializer.decode(bytes))).toEqual(message)
    }
  },
)
