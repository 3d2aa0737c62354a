// Subscribers over RawSocket, a process of their own. Usage: subscribers.ts EVENTS COUNT PORT...; says when all are subscribed, and then
// each time when so many more events have come.

import { connect } from 'node:net'
import { hello } from '../in-process.ts'

const [events = 0, count = 0, ...ports] = process.argv.slice(2).map(Number)
/** Messages of 16 MiB at most, in JSON. */
const HANDSHAKE = Buffer.from([0x7f, 0xf1, 0, 0])
const HEAD = 4
let [subscribed, got] = [0, 0]

for (let i = 0; i < count; i++) {
  const socket = connect({ host: '127.0.0.1', port: ports[i % ports.length] ?? 0 })
  let rest: Buffer = Buffer.alloc(0)
  let isGreeted = false
  socket.write(HANDSHAKE)
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= HEAD) {
      const end = isGreeted ? HEAD + (rest.readUInt32BE(0) & 0xff_ffff) : HEAD
      if (rest.length < end) return
      if (isGreeted) take(rest.toString('latin1', HEAD, end), say)
      else say(JSON.stringify(hello('realm1')))
      isGreeted = true
      rest = rest.subarray(end)
    }
  })
  const say = (text: string): void => {
    const head = Buffer.alloc(HEAD)
    head.writeUInt32BE(text.length)
    socket.write(Buffer.concat([head, Buffer.from(text)]))
  }
}
process.on('disconnect', () => process.exit(1))

function take(text: string, say: (text: string) => void): void {
  if (text.startsWith('[36')) {
    if (++got % events === 0) process.send?.('came')
  } else if (text.startsWith('[2,')) say('[32,1,{},"com.example.topic"]')
  else if (text.startsWith('[33') && ++subscribed === count) process.send?.('subscribed')
}
