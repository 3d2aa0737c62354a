// Shows what references to variables of the environment and to files put into a configuration.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { mistakesIn } from '../testing/mistakes.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-references-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The mistakes in a configuration in that folder. */
const mistakes = (source: string): readonly string[] => mistakesIn(source, join(folder, 'trunkline.yaml'))

describe('references', () => {
  const ENV = { PORT: '8080', EMPTY: '', SIZE: '2MiB', ON: 'true', WORD: 'loud' }
  const read = (text: string) => parseConfig(text, join(folder, 'trunkline.yaml'), ENV)

  it('puts in variables of the environment, their defaults, and files, for values of every type', () => {
    // Editors write a byte order mark; it is no part of the value.
    writeFileSync(join(folder, 'host.txt'), '\uFEFFlocalhost\n')
    const { listeners, router } = read(`
listeners:
  - websocket: { host: "\${file:host.txt}", port: "\${env:PORT}", origins: ["https://\${env:NAME:-app}.example.com"] }
realms:
  a: { disclosure: "\${env:ON}", requestIds: "\${env:RULE:-strict}", limits: { wildcards: "\${env:EMPTY:-3}" } }
limits:
  message: \${env:SIZE}
  stall: \${env:STALL:-5s}
  outbox: \${env:OUTBOX:-65536}`)
    expect(listeners[0]).toMatchObject({ listen: { host: 'localhost', port: 8080 }, origins: ['https://app.example.com'] })
    expect(router.realms['a']).toMatchObject({ allowsDisclosure: true, requestIds: 'strict', limits: { wildcards: 3 } })
    expect(router.limits).toEqual({ messageBytes: 2_097_152, stallMs: 5_000, outboxBytes: 65_536 })
  })

  it('tells what cannot be put in, and what does not fit', () => {
    const wrong = (value: string) => mistakes(`listeners: [ websocket: { host: h, port: '${value}' } ]\nrealms: {}`)
    const [unset] = wrong('${env:TRUNKLINE_NOT_SET}')
    expect(unset).toMatch(
      /^1:42 listeners\[0\]\.websocket\.port: the environment variable TRUNKLINE_NOT_SET is not set; .* gives a default$/,
    )
    expect(wrong('${env:A:-eighty}')).toEqual([
      '1:42 listeners[0].websocket.port: expected a whole number from 0 to 65535, found a text of 6 characters',
    ])
    expect(wrong('${file:none.txt}')[0]).toContain('cannot read this file (ENOENT)')
    expect(wrong('${ENV:A}')[0]).toContain('expected ${env:NAME}, ${env:NAME:-default} or ${file:PATH}; $${ stands for')
    expect(wrong('${env:A')[0]).toContain('expected ${env:NAME}')
    expect(wrong('${env:1 2}')[0]).toContain('the text after ${env: is not the name of an environment variable')
  })

  it('names the files that were read, so that they can be watched', () => {
    writeFileSync(join(folder, 'port.txt'), '8081')
    expect(read('listeners: [ rawsocket: { port: "${file:port.txt}" } ]\nrealms: {}').files).toEqual([join(folder, 'port.txt')])
  })

  it('takes $${ as a plain ${', () => {
    const { listeners } = read('listeners: [ rawsocket: { path: "/run/$${x}.sock" } ]\nrealms: {}')
    expect(listeners[0]).toMatchObject({ listen: { path: '/run/${x}.sock' } })
  })
})
