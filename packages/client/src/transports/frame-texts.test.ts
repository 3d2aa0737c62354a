// Shows that texts are the same wherever they stand, and that only UTF-8 is one.

import { expect, it } from 'vitest'
import { FrameTexts } from './frame-texts.ts'

const TEXTS = [
  '',
  'a',
  '[50,1,{}]',
  'x'.repeat(96),
  'x'.repeat(97),
  'x'.repeat(5_000),
  'ü',
  '€'.repeat(40),
  `${'x'.repeat(200)}😀`,
  '\ufeffa',
  '\0',
]

it.each(TEXTS)('%j is read from its chunk and from octets of its own', (text) => {
  const texts = new FrameTexts()
  const octets = Buffer.from(text)
  const chunk = Buffer.concat([Buffer.from('before €'), octets, Buffer.from('behind'), octets])
  texts.use(chunk)
  for (const at of [10, chunk.length - octets.length])
    expect(texts.textOf(new Uint8Array(chunk.buffer, chunk.byteOffset + at, octets.length))).toBe(text)
  expect(texts.textOf(new Uint8Array(octets))).toBe(text)
  texts.use(undefined)
  expect(texts.textOf(new Uint8Array(octets))).toBe(text)
})

it('takes the text of the present chunk, not of the one before', () => {
  const texts = new FrameTexts()
  for (const text of ['one', 'two']) {
    const chunk = Buffer.from(`..${text}`)
    texts.use(chunk)
    expect(texts.textOf(new Uint8Array(chunk.buffer, chunk.byteOffset + 2, 3))).toBe(text)
  }
})

it.each(['80', 'c3 28', 'c0 80', 'ed a0 80', 'f4 90 80 80', 'e2 82', `${'61 '.repeat(300)}ff`])('%s is no text', (hex) => {
  expect(new FrameTexts().textOf(Uint8Array.from(hex.split(' '), (octet) => parseInt(octet, 16)))).toBeUndefined()
})
