// Shows what `trunkline health` says of a router that is ready, that is stopping, and that is not there.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { createServer as createSilentServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { result } from '../testing/running-command.ts'

/** Runs with a server that knows one path. */
async function withServer(status: number, path: string, run: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((asked, response) => response.writeHead(asked.url === path ? status : 404).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).finally(() => server.close())
}

describe('trunkline health', () => {
  it('says that a router is ready', async () => {
    await withServer(200, '/health/ready', async (url) => {
      expect(await result('health', url)).toEqual({ code: 0, out: 'ready\n', err: '' })
    })
  })

  it('asks the path that it is given', async () => {
    await withServer(200, '/health/live', async (url) => {
      expect((await result('health', `${url}/health/live`)).code).toBe(0)
      expect((await result('health', url)).code).toBe(1)
    })
  })

  it('ends with 1 when the router is stopping', async () => {
    await withServer(503, '/health/ready', async (url) => {
      expect(await result('health', url)).toEqual({ code: 1, out: '', err: `error: ${url}/health/ready answers 503\n` })
    })
  })

  it('ends with 3 when there is none', async () => {
    let gone = ''
    await withServer(200, '/', (url) => Promise.resolve(void (gone = url)))
    const { code, err } = await result('health', gone)
    expect(code).toBe(3)
    expect(err).toMatch(/no answer from 127\.0\.0\.1:\d+: .*ECONNREFUSED/)
  })

  it('ends with 3 when there is no answer in time', async () => {
    const server = createSilentServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { code, err } = await result('health', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, '--timeout', '20ms')
    server.close()
    expect({ code, err }).toEqual({ code: 3, err: 'error: no answer within 20 ms\n' })
  })
})
