// Shows what all transports of encoded messages share, over a wire that is none.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { EncodedTransport } from './encoded-transport.ts'

/** A wire that keeps each call; a message is its reason. */
class RecordingWire {
  readonly told: string[] = []
  encoded: string | Uint8Array = ''

  encode(): string | Uint8Array {
    return this.encoded
  }

  send(encoded: string | Uint8Array, most: number): void {
    this.told.push(`${encoded.length} of ${most}`)
  }

  close(): void {
    this.told.push('close')
  }

  destroy(): void {
    this.told.push('destroy')
  }
}

const goodbye = (reason: string): Message => ({ type: 6, details: {}, reason })
const turn = (): Promise<void> => new Promise(setImmediate)

function made(most?: number): { transport: EncodedTransport; wire: RecordingWire; told: string[]; attach: (name?: string) => void } {
  const wire = new RecordingWire()
  const transport = new EncodedTransport(wire, undefined, most)
  const told: string[] = []
  const attach = (name = ''): void =>
    transport.attach({
      onMessage: (message) => void told.push(name + (message as { reason: string }).reason),
      onProtocolError: (error) => void told.push(`${name}fault ${error.message}`),
      onClose: ({ wasClean }) => void told.push(`${name}end ${wasClean}`),
    })
  return { transport, wire, told, attach }
}

describe('what comes', () => {
  it('waits for an owner, in order, and what comes meanwhile behind it', async () => {
    const { transport, told, attach } = made()
    transport.receive('a', goodbye)
    transport.receive('b', goodbye)
    attach()
    transport.receive('c', goodbye)
    expect(told).toEqual([])
    await turn()
    transport.receive('d', goodbye)
    expect(told).toEqual(['a', 'b', 'c', 'd'])
  })

  it('goes to the last owner', () => {
    const { transport, told, attach } = made()
    attach('first ')
    transport.receive('a', goodbye)
    attach('second ')
    transport.receive('b', goodbye)
    expect(told).toEqual(['first a', 'second b'])
  })

  it('after a fault is not read: of several faults the first is told, and the end', () => {
    const { transport, told, attach } = made()
    attach()
    transport.receive('one', (text) => {
      throw new ProtocolError(text)
    })
    transport.fail(new ProtocolError('two'))
    transport.receive('late', goodbye)
    expect([told, transport.isOpen]).toEqual([['fault one'], true])
    transport.end({ wasClean: true })
    expect([told, transport.isOpen]).toEqual([['fault one', 'end true'], false])
  })

  it('is no fault of the router where reading it fails for another reason', () => {
    const { transport, told, attach } = made()
    attach()
    const read = (): Message => {
      throw new TypeError('ours')
    }
    expect(() => transport.receive('', read)).toThrow('ours')
    expect(told).toEqual([])
  })

  it.each([
    ['close', ['close'], []],
    ['destroy', ['destroy'], ['end false']],
  ] as const)('after %s is not read, and nothing is sent', async (way, toldToWire, toldToOwner) => {
    const { transport, wire, told, attach } = made()
    attach()
    transport[way]()
    transport.close()
    transport.receive('late', goodbye)
    transport.fail(new ProtocolError('late'))
    transport.send(goodbye('late'))
    await turn()
    expect([wire.told, told, transport.isOpen]).toEqual([toldToWire, toldToOwner, false])
  })

  it('ends once', async () => {
    const { transport, told, attach } = made()
    attach()
    transport.end({ wasClean: true })
    transport.end({ wasClean: false })
    transport.destroy()
    await turn()
    expect(told).toEqual(['end true'])
  })
})

describe('the longest message', () => {
  it.each<[string, string | Uint8Array, string | Uint8Array]>([
    ['octets', new Uint8Array(9), new Uint8Array(10)],
    ['a text of one octet each', 'a'.repeat(9), 'a'.repeat(10)],
    ['a text of three octets each', '€€€', '€€€a'],
  ])('is counted in octets, of %s', (_, fits, tooLong) => {
    const { transport, wire } = made(9)
    wire.encoded = fits
    transport.send(goodbye('a'))
    wire.encoded = tooLong
    expect(() => transport.send(goodbye('a'))).toThrow('a message of 10 octets is too long: the router takes 9')
    expect(wire.told).toEqual([`${fits.length} of 9`])
  })

  it('only becomes shorter', () => {
    const { transport, wire } = made()
    transport.send(goodbye('a'))
    for (const octets of [20, 30, 10]) {
      transport.limit(octets)
      transport.send(goodbye('a'))
    }
    expect(wire.told).toEqual(['0 of Infinity', '0 of 20', '0 of 20', '0 of 10'])
  })
})

it('is open only while its wire would still send', () => {
  let canSend = true
  const transport = new EncodedTransport(new RecordingWire(), () => canSend)
  expect(transport.isOpen).toBe(true)
  canSend = false
  expect(transport.isOpen).toBe(false)
})
