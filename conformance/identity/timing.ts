// Measures whether the time of a refusal shows how much of a secret was right: tickets and WAMP-CRA signatures with another
// first and with another last octet, taken in turns. Reports medians and judges nothing: a machine with other work has noise.

import { parseArgs } from 'node:util'
import { Peer } from '../hostile/peer.ts'
import { createHmac } from 'node:crypto'
import { createRouter } from '@trunkline/router'

const { values } = parseArgs({ options: { tries: { type: 'string', default: '5000' } } })
const tries = Number(values.tries)
const SECRET = 'a long random text of 43 octets, as advised'
const WARM_UP = 500

const nothing = (): undefined => undefined
const router = createRouter({
  realms: {
    realm1: {
      roles: { user: [] },
      authentication: {
        users: { ticket: { role: 'user', ticket: SECRET }, wampcra: { role: 'user', wampcra: { secret: SECRET } } },
      },
    },
  },
  log: { error: nothing, warn: nothing, info: nothing, debug: nothing },
})
const { address } = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
const rawsocket = { host: '127.0.0.1', port: Number(/\d+$/.exec(address)?.[0]) }

for (const method of ['ticket', 'wampcra']) {
  const first: number[] = []
  const last: number[] = []
  for (let n = -WARM_UP; n < tries; n++) {
    // The order changes, so that neither gains by it.
    for (const isFirst of n % 2 === 0 ? [true, false] : [false, true]) {
      const took = await refused(method, isFirst)
      if (n >= 0) (isFirst ? first : last).push(took)
    }
  }
  const [a, b] = [median(first), median(last)]
  console.log(`${method}: first octet wrong ${a.toFixed(2)} µs, last octet wrong ${b.toFixed(2)} µs, difference ${(a - b).toFixed(2)} µs`)
  console.log(
    `${method}: halves of the same kind differ by ${noise(first).toFixed(2)} and ${noise(last).toFixed(2)} µs (2 × ${tries} tries)`,
  )
}
await router.close()

/** @returns the µs from AUTHENTICATE to ABORT */
async function refused(method: string, isFirst: boolean): Promise<number> {
  const peer = await Peer.open({ websocket: rawsocket, rawsocket }, { via: 'rs.json' })
  peer.send([1, 'realm1', { roles: { caller: {} }, authmethods: [method], authid: method }])
  const arrival = await peer.next()
  const extra = 'message' in arrival ? (arrival.message[2] as Record<string, unknown>) : {}
  const right = method === 'ticket' ? SECRET : createHmac('sha256', SECRET).update(String(extra['challenge'])).digest('base64')
  const answer = isFirst ? `~${right.slice(1)}` : `${right.slice(0, -1)}~`
  const start = process.hrtime.bigint()
  peer.send([5, answer, {}])
  const refusal = await peer.next()
  const took = Number(process.hrtime.bigint() - start) / 1000
  peer.destroy()
  if (!('message' in refusal) || refusal.message[2] !== 'wamp.error.authentication_denied') throw new Error(JSON.stringify(refusal))
  return took
}

/** How far the medians of the even and the odd tries are apart: this is noise. */
function noise(samples: readonly number[]): number {
  return Math.abs(median(samples.filter((_, i) => i % 2 === 0)) - median(samples.filter((_, i) => i % 2 === 1)))
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN
}
