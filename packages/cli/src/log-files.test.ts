// Shows the access and the audit log in files: lines of JSON, opened anew when they were moved away.

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RecordingLog } from '@trunkline/testing/ports'
import { UsageError } from '@trunkline/client'
import type { Decision, Visit } from '@trunkline/router'
import { afterAll, describe, expect, it } from 'vitest'
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
  traceId: '0af7651916cd43dd8448eb211c80319c',
}

const linesOf = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

describe('the logs beside that of the router', () => {
  it('are files with a line for each client and each decision', async () => {
    const [access, audit] = [join(folder, 'access.log'), join(folder, 'audit.log')]
    const logs = new LogFiles({ access, audit }, {} as Terminal, new RecordingLog())
    logs.sinks.access?.(VISIT)
    logs.sinks.audit?.(DECISION)
    await logs.close()
    const time = expect.stringMatching(/^\d{4}-/) as string
    expect(linesOf(access)).toEqual([{ time, log: 'access', ...JSON.parse(JSON.stringify(VISIT)) }])
    const who = { session: 7, authid: 'joe', authrole: 'user', authmethod: 'ticket', trace_id: DECISION.traceId }
    expect(linesOf(audit)).toEqual([
      { time, log: 'audit', realm: 'realm1', action: 'call', uri: 'com.example.add', match: 'exact', refused: DECISION.refused, ...who },
    ])
  })

  it('hold no character that a terminal obeys or that turns others round, and no long text', async () => {
    const access = join(folder, 'shown.log')
    const logs = new LogFiles({ access, audit: undefined }, {} as Terminal, new RecordingLog())
    logs.sinks.access?.({ ...VISIT, authid: '\u009b2J\u202e\u2028', userAgent: '\u0001'.repeat(60_000) })
    await logs.close()
    const text = readFileSync(access, 'utf8')
    expect(text).toContain(String.raw`\u009b2J\u202e\u2028`)
    expect(text.length).toBeLessThan(2_000)
    expect(linesOf(access)).toMatchObject([{ authid: '\u009b2J\u202e\u2028', userAgent: `${'\u0001'.repeat(256)}…` }])
  })

  it('keep a burst of decisions, all of it, and tell what an access log lost though nothing follows', async () => {
    const [access, audit] = [join(folder, 'burst-access.log'), join(folder, 'burst-audit.log')]
    const logs = new LogFiles({ access, audit }, {} as Terminal, new RecordingLog())
    for (let i = 0; i < 20_000; i++) {
      logs.sinks.audit?.(DECISION)
      logs.sinks.access?.(VISIT)
    }
    await expect.poll(() => readFileSync(audit, 'latin1').split('\n').length - 1, { interval: 200 }).toBe(20_000)
    expect(linesOf(audit)).toHaveLength(20_000)
    const lost = (): number => (linesOf(access) as { lines?: number }[]).reduce((sum, { lines = 0 }) => sum + lines, 0)
    const written = (): number => (linesOf(access) as { lines?: number }[]).filter(({ lines }) => lines === undefined).length
    await expect.poll(() => written() + lost()).toBe(20_000)
    expect(lost()).toBeGreaterThan(0)
    await logs.close()
  })

  it('may share stdout, and are nothing when they are off', () => {
    let printed = ''
    const terminal = { openLog: () => ({ write: (line: string) => (printed += line) }) } as unknown as Terminal
    const logs = new LogFiles({ access: 'stdout', audit: undefined }, terminal, new RecordingLog())
    logs.sinks.access?.(VISIT)
    expect(JSON.parse(printed)).toMatchObject({ log: 'access', event: 'joined' })
    expect(logs.sinks.audit).toBeUndefined()
  })

  it('are opened anew, for who rotates them', async () => {
    const access = join(folder, 'rotated.log')
    const logs = new LogFiles({ access, audit: undefined }, {} as Terminal, new RecordingLog())
    logs.sinks.access?.(VISIT)
    await expect.poll(() => linesOf(access)).toHaveLength(1)
    renameSync(access, `${access}.1`)
    logs.reopen()
    await expect.poll(() => readFileSync(access, 'utf8')).toBe('')
    logs.sinks.access?.(VISIT)
    await expect.poll(() => linesOf(access)).toHaveLength(1)
    await logs.close()
    await expect.poll(() => linesOf(`${access}.1`)).toHaveLength(1)
  })

  it('stay open where they were when they cannot be opened anew, and the log says so', async () => {
    const [place, log] = [join(folder, 'moved'), new RecordingLog()]
    mkdirSync(place)
    const logs = new LogFiles({ access: join(place, 'a.log'), audit: undefined }, {} as Terminal, log)
    renameSync(place, `${place}.1`)
    logs.reopen()
    expect(log.lines).toMatchObject([{ event: 'log file not opened again', fields: { error: expect.stringContaining('ENOENT') } }])
    logs.sinks.access?.(VISIT)
    await expect.poll(() => linesOf(join(`${place}.1`, 'a.log'))).toHaveLength(1)
    await logs.close()
  })

  it('cannot be begun where there is no folder', () => {
    expect(() => new LogFiles({ access: join(folder, 'none', 'a.log'), audit: undefined }, {} as Terminal, new RecordingLog())).toThrow(
      UsageError,
    )
  })
})
