// Shows texts that are not UTF-8: they are reported, with their place.

import { describe, expect, it } from 'vitest'
import { encodingFault } from './encoding.ts'

describe('octets', () => {
  it('that are UTF-8 are a text, also with the mark of the byte order', () => {
    for (const text of ['', 'größe\n', '\uFEFFrealms: {}']) expect(encodingFault(Buffer.from(text))).toBeUndefined()
  })

  it('that are Latin-1 are none, from their line and column on', () => {
    const fault = encodingFault(Buffer.from('listeners: []\r\nrealms:\n  büro: {}\n', 'latin1'))
    expect(fault).toEqual({ line: 3, column: 4, text: 'is not UTF-8 from here on; save it as UTF-8' })
  })

  it('that are UTF-16 are named so', () => {
    const octets = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('realms: {}', 'utf16le')])
    expect(encodingFault(octets)?.text).toBe('is UTF-16; save it as UTF-8')
  })
})
