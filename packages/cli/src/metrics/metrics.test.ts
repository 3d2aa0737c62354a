// Shows metrics as an operator sets them up: where they are served, to whom, and what a reload does to them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { mistakesIn } from '../testing/mistakes.ts'
import { Running } from '../testing/running-command.ts'
import { readVersion } from '../version.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-metrics-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'trunkline.yaml')

const TOKEN = 'only-for-the-monitoring'
const REALM = 'realms: { realm1: { anonymous: { role: guest }, roles: { guest: [ { uri: com.example.**, allow: [call] } ] } } }\n'

const listening = (scheme: string): RegExp => new RegExp(`"address":"(${scheme}://127\\.0\\.0\\.1:\\d+)`)

/** What is served at a path. */
async function page(address: string, path = '/metrics', token?: string): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { Connection: 'close', ...(token !== undefined && { Authorization: `Bearer ${token}` }) }
  const answer = await fetch(new URL(path, address.replace(/^ws/, 'http')), { headers })
  return { status: answer.status, text: await answer.text() }
}

describe('metrics of trunkline start', () => {
  it('have a listener of their own, which shows versions, certificates and reloads', async () => {
    const { cert, key } = selfSigned()
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
    const secure = 'websocket: { host: 127.0.0.1, port: 0, tls: { cert: cert.pem, key: key.pem } }'
    const listeners = `listeners: [ metrics: { host: 127.0.0.1, port: 0 }, ${secure} ]\n`
    writeFileSync(file, listeners + REALM)
    const start = new Running(['start', '--config', file])
    const [, address = ''] = await start.shows(listening('http'))
    await start.shows(listening('wss'))
    const { status, text } = await page(address)
    expect(status).toBe(200)
    expect(text).toContain(`trunkline_build_info{version="${readVersion()}",node="${process.version}"} 1\n`)
    expect(text).toMatch(/^trunkline_certificate_expiry_timestamp_seconds\{listener="wss:\/\/127\.0\.0\.1:0",subject="CN=[^"]+"\} \d{10}$/m)
    expect(text).toContain('trunkline_configuration_last_reload_successful 1\n')
    writeFileSync(file, 'listeners: []\n')
    start.hangUp()
    await start.shows(/configuration not reloaded/)
    const after = (await page(address)).text
    expect(after).toContain('trunkline_configuration_reloads_total{outcome="failed"} 1\n')
    expect(after).toContain('trunkline_configuration_last_reload_successful 0\n')
    expect(await start.interrupt()).toBe(0)
  })

  it('are served beside WebSocket to those who have the token, which a reload changes', async () => {
    const listeners = (token: string): string => `listeners: [ websocket: { host: 127.0.0.1, port: 0, metrics: { token: ${token} } } ]\n`
    writeFileSync(file, listeners(TOKEN) + REALM)
    const start = new Running(['start', '--config', file])
    const [, address = ''] = await start.shows(listening('ws'))
    expect([(await page(address)).status, (await page(address, '/metrics', TOKEN)).status]).toEqual([401, 200])
    writeFileSync(file, listeners('another-for-the-monitoring') + REALM)
    start.hangUp()
    await start.shows(/"changes":\["listener ws:\/\/127\.0\.0\.1:0 changed: metrics"\]/)
    expect((await page(address, '/metrics', TOKEN)).status).toBe(401)
    expect((await page(address, '/metrics', 'another-for-the-monitoring')).text).toContain(
      'trunkline_configuration_reloads_total{outcome="succeeded"} 1\n',
    )
    expect(await start.interrupt()).toBe(0)
  })

  it('are nowhere unless the configuration says so', async () => {
    writeFileSync(file, `listeners: [ websocket: { host: 127.0.0.1, port: 0 }, health: { host: 127.0.0.1, port: 0 } ]\n${REALM}`)
    const start = new Running(['start', '--config', file])
    const [, address = ''] = await start.shows(listening('ws'))
    const [, health = ''] = await start.shows(listening('http'))
    expect([(await page(address)).status, (await page(health)).status, (await page(health, '/health')).status]).toEqual([404, 404, 200])
    expect(await start.interrupt()).toBe(0)
  })
})

describe('the configuration of metrics', () => {
  const mistakes = (listener: string): readonly string[] => mistakesIn(`listeners: [ ${listener} ]\n${REALM}`, file)

  it('is refused where a listener for clients would show them to everybody', () => {
    expect(mistakes('websocket: { host: 127.0.0.1, port: 0, metrics: {} }')).toEqual([
      expect.stringContaining('addresses or token is required: this listener also serves clients, who must not read the metrics'),
    ])
  })

  it('lets names of the router be read by, beside its address', () => {
    expect(mistakes('metrics: { host: 127.0.0.1, port: 0, hosts: [metrics.example.com] }')).toEqual([])
  })

  it('is refused with a token that is short or no header can carry, and with addresses that are none', () => {
    const text = 'expected at least 16 characters of ASCII, without spaces'
    expect(mistakes('metrics: { host: 127.0.0.1, port: 0, token: short }')).toEqual([expect.stringContaining(text)])
    expect(mistakes('universal: { host: 127.0.0.1, port: 0, metrics: { token: a token with spaces } }')).toEqual([
      expect.stringContaining(text),
    ])
    expect(mistakes('metrics: { host: 127.0.0.1, port: 0, addresses: [everybody] }')).toEqual([
      expect.stringContaining('an address or a network'),
    ])
  })
})
