// Shows that a client of TLS that asks for new keys again and again is ended, and one that sends data is not.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createServer } from 'node:tls'
import { selfSigned } from '@trunkline/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { DatalessRecords } from './dataless-records.ts'
import { setSocketUnder } from './socket-under.ts'

/** A client of the command openssl: it sends each line as data, but asks for new keys at a line "k". */
async function reached(version: '-tls1_2' | '-tls1_3') {
  const server = createServer(selfSigned())
  const sockets: Socket[] = []
  server.prependListener('connection', (socket: Socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = spawn('openssl', ['s_client', version, '-connect', `127.0.0.1:${port}`], { stdio: ['pipe', 'ignore', 'ignore'] })
  onTestFinished(() => {
    client.kill()
    server.close()
  })
  const [secured] = (await once(server, 'secureConnection')) as [TLSSocket]
  secured.on('error', () => {}).resume()
  const [socket] = sockets as [Socket]
  return { socket, secured, client }
}

it('a client that sends records without data is ended once those are too many; data is none of them', async () => {
  const { socket, secured, client } = await reached('-tls1_3')
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const refused: Socket[] = []
  const records = new DatalessRecords((connection) => refused.push(connection.destroy()), 100)
  records.watch(secured)
  const data = 'a line of data\n'.repeat(100)
  client.stdin.write(data)
  while (secured.bytesRead < data.length) await once(secured, 'data')
  vi.advanceTimersByTime(1_000)
  expect(refused).toEqual([])
  // From now on data is far away: what it may take besides is used up.
  const before = socket.bytesRead
  while (socket.bytesRead - before < 5 * data.length + 300) {
    client.stdin.write('k\n')
    await new Promise((resolve) => void setImmediate(resolve))
  }
  vi.advanceTimersByTime(1_000)
  expect(refused).toEqual([secured])
  await once(secured, 'close')
  expect(vi.getTimerCount()).toBe(0)
})

it('octets that wait for their turn, and are not with TLS yet, do not end a connection', async () => {
  const { socket, secured, client } = await reached('-tls1_3')
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  let got = 0
  setSocketUnder(secured, socket, () => got)
  const refused: Socket[] = []
  new DatalessRecords((connection) => refused.push(connection.destroy()), 100).watch(secured)
  const before = socket.bytesRead
  while (socket.bytesRead - before < 300) {
    client.stdin.write('k\n')
    await new Promise((resolve) => void setImmediate(resolve))
  }
  vi.advanceTimersByTime(1_000)
  expect(refused).toEqual([])
  got = 300
  vi.advanceTimersByTime(1_000)
  expect(refused).toEqual([secured])
})

it('a client of an older version, which has no such records, is not watched', async () => {
  const { secured } = await reached('-tls1_2')
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  new DatalessRecords(() => {}).watch(secured)
  expect(vi.getTimerCount()).toBe(0)
})
