// Shows that an error says why there is no connection, whatever Node makes of it.

import { Agent, createServer as createHttp } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { Server } from 'node:net'
import { connect as connectTcp, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { selfSigned } from '@trunkline/testkit'
import { createRouter } from '@trunkline/router'
import { afterEach, describe, expect, it } from 'vitest'
import { openSession } from '../open-session.ts'
import { failureOf } from '../testing/failure-of.ts'
import { shownCause } from './cause-node.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

function reach(url: string): Promise<unknown> {
  return failureOf(openSession({ url, realm: 'realm1' })).then(String)
}

describe('the cause of a failed connection', () => {
  const url = new URL('wss://example.com/bus')

  it('is that of each address where a host has several', () => {
    const refused = ['::1', '127.0.0.1'].map((host) => Object.assign(new Error(`connect ECONNREFUSED ${host}`), { code: 'ECONNREFUSED' }))
    expect(shownCause(new AggregateError(refused), url)).toBe('connect ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1')
  })

  it.each([
    [Object.assign(new Error(''), { code: 'EHOSTUNREACH' }), 'EHOSTUNREACH'],
    [new TypeError(''), 'TypeError'],
    ['gone', 'gone'],
    [undefined, 'the connection was closed'],
    [new AggregateError([]), 'AggregateError'],
  ])('is never empty: %o', (cause, text) => {
    expect(shownCause(cause, url)).toBe(text)
  })

  it('names the path where nothing is served, and where Trunkline serves', async () => {
    const port = await listen(
      createHttp((_request, response) => response.writeHead(404).end()).on('upgrade', (_request, socket) =>
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n'),
      ),
    )
    expect(await reach(`ws://127.0.0.1:${port}/bus`)).toContain('response: 404: nothing is served at /bus; the path of Trunkline is /ws')
  })

  it('asks for the router where no program listens', async () => {
    const server = createServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    for (const scheme of ['ws', 'rs'])
      expect(await reach(`${scheme}://127.0.0.1:${port}/ws`)).toContain('no program listens there; is the router running?')
  })

  it('names RawSocket where a port ends the connection in place of an answer', async () => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.end())))
    expect(await reach(`ws://127.0.0.1:${port}/ws`)).toContain('no WebSocket there; a port for RawSocket has a url that begins with rs://')
  })

  it.each([
    ['wss', 'ws:// goes without'],
    ['rss', 'rs:// goes without'],
  ])('says that a port does not speak TLS: %s', async (scheme, text) => {
    const port = await listen(createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(await reach(`${scheme}://127.0.0.1:${port}/ws`)).toContain(`no TLS there; ${text}`)
  })

  it('says how a certificate is trusted', async () => {
    const router = createRouter({ realms: {} })
    closing.push(() => router.close())
    const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0, tls: selfSigned() })
    expect(await reach(address)).toContain('(trust its certificate by tls: { ca }; on the command line by --ca FILE)')
  })
})

describe('the request that opens a WebSocket', () => {
  async function gate(): Promise<{ url: string; headers: Promise<IncomingHttpHeaders> }> {
    const server = createHttp()
    const headers = new Promise<IncomingHttpHeaders>((resolve) => {
      server.on('upgrade', (request, socket) => {
        resolve(request.headers)
        socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
      })
    })
    return { url: `ws://127.0.0.1:${await listen(server)}/ws`, headers }
  }

  it('carries headers of the application', async () => {
    const { url, headers } = await gate()
    const failure = failureOf(openSession({ url, realm: 'realm1', headers: { cookie: 'sid=1', authorization: 'Bearer x' } }))
    expect(await headers).toMatchObject({ cookie: 'sid=1', authorization: 'Bearer x' })
    expect(String(await failure)).toContain('401')
  })

  it('goes the way of an agent', async () => {
    const { url, headers } = await gate()
    const asked: unknown[] = []
    class Recording extends Agent {
      // Of Node's own, without types there.
      override createConnection(options: { host: string; port: number }): ReturnType<typeof connectTcp> {
        asked.push(options.port)
        return connectTcp(options)
      }
    }
    const failure = failureOf(openSession({ url, realm: 'realm1', httpAgent: new Recording() }))
    await headers
    await failure
    expect(asked.map(String)).toEqual([new URL(url).port])
  })

  it('refuses headers where there is no request', async () => {
    expect(await failureOf(openSession({ url: 'rs://127.0.0.1:1', realm: 'realm1', headers: {} }))).toMatchObject({ code: 'TL_USAGE' })
  })
})
