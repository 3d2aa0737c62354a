// Shows what a configuration says of its cluster, and which mistakes in it are found.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { mistakesIn } from '../testing/mistakes.ts'
import { parseConfig } from './config.ts'
import { documentChanges } from './plan.ts'
import { CONFIG_SCHEMA } from './schema.ts'
import { effective } from './show.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-cluster-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'nats.creds'), 'a JWT and a seed')
writeFileSync(join(folder, 'wrong.pem'), 'no certificate')

const FILE = join(folder, 'trunkline.yaml')
const SECRET = 'a secret of the cluster'
const whole = (cluster: string, rest = ''): string =>
  `listeners: [{ websocket: { host: h, port: 0 } }]\nrealms: {}\ncluster: ${cluster}\n${rest}`
const mistakes = (cluster: string, rest?: string): readonly string[] => mistakesIn(whole(cluster, rest), FILE)
const withNats = (nats: string): string => `{ name: shop, secret: ${SECRET}, nats: { servers: [nats://n1], ${nats} } }`

describe('the cluster of a configuration', () => {
  it('has a name, servers of NATS and a secret; all else has defaults', () => {
    expect(parseConfig(whole(`{ name: shop, secret: ${SECRET}, nats: { servers: [nats://n1] } }`), FILE).cluster).toEqual({
      name: 'shop',
      node: undefined,
      secret: SECRET,
      callees: 'local',
      nats: { servers: ['nats://n1'] },
    })
  })

  it('is read with the files that it names', () => {
    const { cluster, files } = parseConfig(whole(withNats('credentials: nats.creds, tls: {}')), FILE)
    expect(cluster?.nats.credentials?.toString()).toBe('a JWT and a seed')
    expect(cluster?.nats.tls).toEqual({})
    expect(files).toContain(join(folder, 'nats.creds'))
  })

  it.each([
    [`{ name: shop, secret: short, nats: { servers: [nats://n1] } }`, 'cluster.secret: expected at least 16 characters'],
    [`{ name: a.b, secret: ${SECRET}, nats: { servers: [nats://n1] } }`, 'cluster.name: expected 1 to 32 letters, digits, _ and -'],
    [`{ name: shop, nats: { servers: [nats://n1] } }`, "cluster: 'secret' is missing"],
    [`{ name: shop, secret: ${SECRET}, nats: { servers: [] } }`, 'cluster.nats.servers: '],
    [`{ name: shop, secret: ${SECRET}, nats: { server: [nats://n1] } }`, "did you mean 'servers'?"],
    [`{ nam: shop, secret: ${SECRET}, nats: { servers: [nats://n1] } }`, "did you mean 'name'?"],
    [`{ name: shop, callees: lokal, secret: ${SECRET}, nats: { servers: [nats://n1] } }`, "did you mean 'local'?"],
    [withNats('user: joe'), "'user' needs 'password'"],
    [withNats('user: joe, password: x, token: y'), "cluster.nats.token: a node is known to NATS by one thing, and there is 'user' already"],
    [withNats('credentials: none.creds'), 'cluster.nats.credentials: cannot read this file (ENOENT)'],
    [withNats('tls: { cert: wrong.pem }'), "'cert' needs 'key'"],
    [withNats('tls: { cert: wrong.pem, key: wrong.pem }'), 'cluster.nats.tls: cannot be used: '],
  ])('%s has a mistake', (cluster, text) => {
    const found = mistakes(cluster)
    expect(found.join('\n')).toContain(text)
    expect(found.join('\n')).toMatch(/^3:\d+ cluster/)
    expect(found.join('\n')).not.toContain(SECRET)
  })

  it('leaves room in the name of a node for the numbers of workers', () => {
    const cluster = `{ name: shop, node: ${'n'.repeat(62)}, secret: ${SECRET}, nats: { servers: [nats://n1] } }`
    expect(mistakes(cluster)).toEqual([])
    expect(mistakes(cluster, 'workers: 2')).toEqual([
      '3:30 cluster.node: expected at most 61 characters, since each worker adds its number',
    ])
  })

  it('shows no secret', () => {
    const all = `nkey: ${SECRET}, token: ${SECRET}, user: joe, password: ${SECRET}`
    const nats = { servers: ['nats://n1'], nkey: SECRET, token: SECRET, user: 'joe', password: SECRET }
    const document = { cluster: { name: 'shop', secret: SECRET, nats } }
    expect(JSON.stringify(effective(document, CONFIG_SCHEMA))).not.toContain(SECRET)
    const changes = documentChanges(document, { cluster: { ...document.cluster, secret: 'another', nats: { ...nats, token: 'another' } } })
    expect(changes).toEqual(['cluster.secret changed', 'cluster.nats.token changed'])
    expect(mistakes(withNats(all)).join('\n')).not.toContain(SECRET)
  })
})
