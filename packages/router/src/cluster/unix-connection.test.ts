// The stream between two processes, cut anywhere and damaged.

import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnixConnection } from './unix-connection.ts'

const KINDS = { name: 1, hello: 2, packet: 3 } as const

/** A connection whose stream a test makes, and what it has told. */
function connection(): { told: string[]; take: (chunk: Uint8Array) => void; close: () => Promise<void> } {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const told: string[] = []
  const made = new UnixConnection(stream, {
    onName(named, node) {
      told.push(`name ${node}`)
      named.accept(node)
    },
    onHello: (_, hello) => told.push(`hello ${Buffer.from(hello).toString('hex')}`),
    onPacket: (_, packet) => told.push(`packet ${Buffer.from(packet).toString('hex')}`),
    onClose: ({ isRefused }) => told.push(isRefused ? 'refused' : 'closed'),
  })
  return {
    told,
    take: (chunk) => void stream.emit('data', Buffer.from(chunk)),
    async close() {
      made.destroy()
      await made.closed
    },
  }
}

function packed(kind: keyof typeof KINDS, octets: Uint8Array): Uint8Array {
  const packet = Buffer.alloc(4 + octets.length)
  packet.writeUInt32BE(KINDS[kind] * 0x100_0000 + octets.length)
  packet.set(octets, 4)
  return packet
}

const named = packed('name', Buffer.from('b'))
const packets = fc.array(
  fc.record({
    kind: fc.constantFrom('hello' as const, 'packet' as const),
    octets: fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ minLength: 200, maxLength: 400 })),
  }),
  { maxLength: 6 },
)

describe('UnixConnection', () => {
  it('reads the same packets, wherever the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(packets, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), async (sent, cuts) => {
        const { told, take, close } = connection()
        const stream = Buffer.concat([named, ...sent.map(({ kind, octets }) => packed(kind, octets))])
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] ?? 1
          take(stream.subarray(at, at + size))
          at += size
        }
        await close()
        const lines = sent.map(({ kind, octets }) => `${kind} ${Buffer.from(octets).toString('hex')}`)
        expect(told).toEqual(['name b', ...lines, 'closed'])
      }),
    )
  })

  it('takes any octets without an error, and nothing behind a fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { maxLength: 10 }),
        fc.boolean(),
        async (chunks, isNamed) => {
          const { told, take, close } = connection()
          if (isNamed) take(named)
          for (const chunk of chunks) take(chunk)
          take(packed('name', Buffer.from('c')))
          await close()
          expect(told.filter((line) => line === 'closed' || line === 'refused')).toEqual(told.slice(-1))
          if (isNamed) expect(told.slice(1)).not.toContain('name c')
        },
      ),
    )
  })
})
