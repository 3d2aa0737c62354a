// Shows the access and the audit log in files: lines of JSON, opened anew when they were moved away.

import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '@trunkline/client'
import type { Decision, Visit } from '@trunkline/router'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { LogFiles } from './log-files.ts'
import type { Terminal } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-logs-'))
afterAll(() => rmSync(folder, { recursive: true }))

const VISIT: Visit = {
  event: 'joined',
  realm: 'realm1',
  authid: 'joe',
  session: 7,
  transport: 'websocket',
  peer: '127.0.0.1:1',
  address: '127.0.0.1',
  userAgent: undefined,
}
const DECISION: Decision = {
  realm: 'realm1',
  action: 'call',
  uri: 'com.example.add',
  match: 'exact',
  session: { id: 7, authid: 'joe', authrole: 'user', authmethod: 'ticket' },
  refused: 'wamp.error.not_authorized',
}

const linesOf = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('the logs beside that of the router', () => {
  it('are files with a line for each client and each decision', () => {
    const [access, audit] = [join(folder, 'access.log'), join(folder, 'audit.log')]
    const logs = new LogFiles({ access, audit }, {} as Terminal)
    logs.sinks.access?.(VISIT)
    logs.sinks.audit?.(DECISION)
    logs.close()
    const time = expect.stringMatching(/^\d{4}-/) as string
    expect(linesOf(access)).toEqual([{ time, log: 'access', ...JSON.parse(JSON.stringify(VISIT)) }])
    const who = { session: 7, authid: 'joe', authrole: 'user', authmethod: 'ticket' }
    expect(linesOf(audit)).toEqual([
      { time, log: 'audit', realm: 'realm1', action: 'call', uri: 'com.example.add', match: 'exact', refused: DECISION.refused, ...who },
    ])
  })

  it('hold no character that a terminal obeys or that turns others round, and no long text', () => {
    const access = join(folder, 'shown.log')
    const logs = new LogFiles({ access, audit: undefined }, {} as Terminal)
    logs.sinks.access?.({ ...VISIT, authid: '\u009b2J\u202e\u2028', userAgent: '\u0001'.repeat(60_000) })
    logs.close()
    const text = readFileSync(access, 'utf8')
    expect(text).toContain(String.raw`\u009b2J\u202e\u2028`)
    expect(text.length).toBeLessThan(2_000)
    expect(linesOf(access)).toMatchObject([{ authid: '\u009b2J\u202e\u2028', userAgent: `${'\u0001'.repeat(256)}…` }])
  })

  it('keep a burst of decisions, all of it, and tell what an access log lost though nothing follows', async () => {
    const [access, audit] = [join(folder, 'burst-access.log'), join(folder, 'burst-audit.log')]
    const logs = new LogFiles({ access, audit }, {} as Terminal)
    for (let i = 0; i < 20_000; i++) {
      logs.sinks.audit?.(DECISION)
      logs.sinks.access?.(VISIT)
    }
    await vi.waitFor(() => expect(linesOf(audit)).toHaveLength(20_000), { timeout: 20_000 })
    await vi.waitFor(
      () => {
        const lines = linesOf(access) as { lines?: number }[]
        const lost = lines.reduce((sum, line) => sum + (line.lines ?? 0), 0)
        expect(lost).toBeGreaterThan(0)
        expect(lines.filter((line) => line.lines === undefined).length + lost).toBe(20_000)
      },
      { timeout: 20_000 },
    )
    logs.close()
  }, 60_000)

  it('may share stdout, and are nothing when they are off', () => {
    let printed = ''
    const terminal = { openLog: () => ({ write: (line: string) => (printed += line) }) } as unknown as Terminal
    const logs = new LogFiles({ access: 'stdout', audit: undefined }, terminal)
    logs.sinks.access?.(VISIT)
    expect(JSON.parse(printed)).toMatchObject({ log: 'access', event: 'joined' })
    expect(logs.sinks.audit).toBeUndefined()
  })

  it('are opened anew, for who rotates them', async () => {
    const access = join(folder, 'rotated.log')
    const logs = new LogFiles({ access, audit: undefined }, {} as Terminal)
    logs.sinks.access?.(VISIT)
    await vi.waitFor(() => expect(linesOf(access)).toHaveLength(1))
    renameSync(access, `${access}.1`)
    logs.reopen()
    await vi.waitFor(() => expect(readFileSync(access, 'utf8')).toBe(''))
    logs.sinks.access?.(VISIT)
    await vi.waitFor(() => expect(linesOf(access)).toHaveLength(1))
    logs.close()
    await vi.waitFor(() => expect(linesOf(`${access}.1`)).toHaveLength(1))
  })

  it('cannot be begun where there is no folder', () => {
    expect(() => new LogFiles({ access: join(folder, 'none', 'a.log'), audit: undefined }, {} as Terminal)).toThrow(UsageError)
  })
})
