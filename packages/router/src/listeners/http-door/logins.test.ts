// Shows the logins of requests that have no Authorization: by a cookie, by a certificate, and what of them pages of other sites can use.

import { request } from 'node:https'
import { selfSigned } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../authentication/secrets.ts'
import { HttpDoorScene } from '../../testing/http-door-scene.ts'

const ROLES = {
  guest: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }],
  user: [{ uri: 'com.example.mine', allow: ['call'] as const }],
}

describe('a cookie', () => {
  it('logs in without an origin and from a page that may, and from no other', async () => {
    const cookie = {
      name: 'sid',
      origins: ['https://app.example'],
      static: { [sha256('secret').toString('hex')]: { authid: 'alice', role: 'user' } },
    }
    const door = await HttpDoorScene.open({}, { roles: ROLES, authentication: { cookie } })
    await door.backend.register('com.example.mine', () => 'yes')
    const sent = { cookie: 'sid=secret' }
    expect(await door.post('/call/com.example.mine', [], sent)).toMatchObject({ status: 200, body: { args: ['yes'] } })
    expect((await door.post('/call/com.example.mine', [], { ...sent, origin: 'https://app.example' })).status).toBe(200)
    const evil = await door.post('/call/com.example.mine', [], { ...sent, origin: 'https://evil.example' })
    expect([evil.status, evil.headers.get('access-control-allow-credentials')]).toEqual([401, null])
    expect((await door.post('/call/com.example.mine', [], { cookie: 'sid=other' })).status).toBe(401)
  })
})

describe('a certificate', () => {
  it('logs in, also where the connection of the session has ended', async () => {
    const [server, mine] = [selfSigned(), selfSigned('alice')]
    const der = Buffer.from(mine.cert.toString().replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
    const users = { alice: { role: 'user', tls: { sha256: [sha256(der).toString('hex')] } } }
    const tls = { ...server, requestCert: true, rejectUnauthorized: false }
    const door = await HttpDoorScene.open({}, { roles: ROLES, authentication: { users } }, { tls })
    await door.backend.register('com.example.mine', () => 'yes')
    const ask = (own: object): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json' }
        const asking = request(`${door.base}/call/com.example.mine`, {
          method: 'POST',
          headers,
          rejectUnauthorized: false,
          agent: false,
          ...own,
        })
        asking.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
        asking.end('[]')
      })
    expect([await ask(mine), await ask(mine), await ask({}), await ask(selfSigned('alice'))]).toEqual([200, 200, 401, 401])
  })
})
