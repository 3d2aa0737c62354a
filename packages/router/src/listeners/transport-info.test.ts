// Shows what is kept of the request that opened a connection.

import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { Entrance } from './entrance.ts'
import { infoOfRequest } from './transport-info.ts'

it('keeps the beginning of a long User-Agent', () => {
  const request = new IncomingMessage(new Socket())
  request.headers['user-agent'] = `one ${'x'.repeat(60_000)}`
  expect(infoOfRequest('websocket', request, new Entrance({}, undefined), undefined).userAgent).toBe(`one ${'x'.repeat(508)}`)
})
