// Shows what is said of machines, clocks and certificates that are given.

import { selfSigned } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { checkCertificates } from './certificate.ts'
import type { Finding } from './findings.ts'
import { Findings } from './findings.ts'
import type { Demand, Machine } from './machine.ts'
import { checkMachine } from './machine.ts'
import { checkClock } from './upgrade.ts'

const MIB = 1_048_576
const GOOD: Machine = { node: 'v24.14.1', now: Date.parse('2026-11-30'), descriptors: 65_536, memory: 2_048 * MIB, heap: 1_024 * MIB }

function found(look: (findings: Findings) => void): [string, string][] {
  const all: Finding[] = []
  look(new Findings((finding) => all.push(finding)))
  for (const { verdict, advice } of all) expect(advice === undefined).toBe(verdict === 'ok')
  return all.map(({ verdict, about }) => [verdict, about])
}

function bad(machine: Partial<Machine>, demand: Partial<Demand> = {}): [string, string][] {
  const asked = { connections: undefined, queues: 256 * MIB, ...demand }
  return found((findings) => checkMachine({ ...GOOD, ...machine }, asked, findings)).filter(([verdict]) => verdict !== 'ok')
}

describe('checkMachine', () => {
  it.each<[string, Partial<Machine>, Partial<Demand>, [string, string][]]>([
    ['is fine', {}, {}, []],
    ['has a Node that is too old', { node: 'v20.18.3' }, {}, [['fault', 'node']]],
    ['has a Node with a known fault', { node: 'v22.22.1' }, {}, [['warning', 'node']]],
    ['has a Node without maintenance', { node: 'v20.20.2' }, {}, [['warning', 'node']]],
    ['had that Node when it was maintained', { node: 'v20.20.2', now: Date.parse('2026-04-01') }, {}, []],
    ['has a Node of an odd line', { node: 'v25.1.0' }, {}, [['warning', 'node']]],
    ['has few descriptors', { descriptors: 1_024 }, {}, [['warning', 'descriptors']]],
    ['has enough descriptors for its bound', { descriptors: 1_024 }, { connections: 500 }, []],
    ['has too few descriptors for its bound', { descriptors: 1_024 }, { connections: 1_000 }, [['fault', 'descriptors']]],
    ['does not tell its descriptors', { descriptors: undefined }, {}, []],
    ['has less memory than its queues', { memory: 300 * MIB }, {}, [['fault', 'memory']]],
    ['has less memory than its heap', { memory: 900 * MIB }, {}, [['warning', 'memory']]],
  ])('judges one that %s', (_, machine, demand, findings) => {
    expect(bad(machine, demand)).toEqual(findings)
  })
})

describe('checkClock', () => {
  it.each([
    [0, 'ok'],
    [-999, 'ok'],
    [6_000, 'warning'],
    [-8_000, 'warning'],
    [90_000, 'fault'],
    [-90_000, 'fault'],
  ])('judges a clock %s ms ahead', (ahead, verdict) => {
    const now = 1_000_000
    expect(found((findings) => checkClock(now + ahead, now - 50, now, findings))).toEqual([[verdict, 'clock']])
  })
})

describe('checkCertificates', () => {
  const { cert, key } = selfSigned('a.example')
  const other = selfSigned('b.example')
  const day = 86_400_000
  const judged = (pem: string, keyPem: string, now = Date.now()): [string, string][] =>
    found((findings) => checkCertificates({ cert: Buffer.from(pem), key: Buffer.from(keyPem) }, 'wss://a', now, findings))

  it('says when a certificate ends, or has not begun', () => {
    expect(judged(cert, key)).toEqual([
      ['warning', 'certificate'],
      ['warning', 'chain'],
    ])
    expect(judged(cert, key, Date.now() + 3 * day)).toContainEqual(['fault', 'certificate'])
    expect(judged(cert, key, Date.now() - day)).toContainEqual(['fault', 'certificate'])
  })

  it('finds a key of another certificate, a wrong order, and a file without any', () => {
    expect(judged(cert, other.key)).toContainEqual(['fault', 'certificate'])
    expect(judged(cert + other.cert, key)).toContainEqual(['fault', 'chain'])
    expect(judged('', key)).toEqual([['fault', 'certificate']])
  })
})
