// Shows that what peers say cannot forge lines of the log, nor give commands to the terminal that shows it.

import { describe, expect, it } from 'vitest'
import { humanLog, jsonLog, routerLog } from './log.ts'
import type { Terminal } from './terminal.ts'

const EVIL = 'eve\n{"level":"warn","msg":"forged"}\r\u001b[2J\u009b2J\u007f\u2028x\u202etxt'

describe('a line of the log', () => {
  const logs = [
    ['for machines', jsonLog],
    ['for people', humanLog],
  ] as const

  it.each(logs)('%s is one line, whatever a peer calls itself, and commands nothing', (_, make) => {
    let printed = ''
    const log = make({ openLog: () => ({ write: (text: string) => (printed += text) }) } as unknown as Terminal)
    log.warn('protocol violation', { area: 'sessions', peer: EVIL, list: [EVIL] })
    expect(printed.endsWith('\n')).toBe(true)
    const line = printed.slice(0, -1)
    expect(line.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)).toBeNull()
    expect(line).toContain(String.raw`eve\n{\"level\":\"warn\"`)
  })

  it('for machines reads as what was said', () => {
    let printed = ''
    const log = jsonLog({ openLog: () => ({ write: (text: string) => (printed += text) }) } as unknown as Terminal)
    log.info('protocol violation', { area: 'sessions', peer: EVIL })
    expect(JSON.parse(printed)).toMatchObject({ level: 'info', msg: 'protocol violation', peer: EVIL })
  })
})

describe('a line for people', () => {
  it('has the time, then what happened, then all that is there: words as they are, other texts and values as JSON', () => {
    let printed = ''
    const log = humanLog({ openLog: () => ({ write: (text: string) => (printed += text) }) } as unknown as Terminal)
    log.info('listening', {
      area: 'sessions',
      address: 'ws://127.0.0.1:8080/ws',
      user: 'joe@example.com',
      text: 'a b',
      empty: '',
      none: undefined,
      n: 1,
      list: ['x'],
    })
    log.warn('slow', { area: 'sessions', isSlow: true, what: null })
    expect(printed.replaceAll(/^\d\d:\d\d:\d\d /gm, '')).toBe(
      'sessions: listening address=ws://127.0.0.1:8080/ws user=joe@example.com text="a b" empty="" n=1 list=["x"]\nwarning: sessions: slow isSlow=true what=null\n',
    )
    expect(printed).toMatch(/^\d\d:\d\d:\d\d sessions: listening .*\n\d\d:\d\d:\d\d warning: /)
  })

  it('tells how many are missing', () => {
    let told = ''
    humanLog({ openLog: (lostLine: (lost: number) => string) => void (told = lostLine(3)) } as unknown as Terminal)
    expect(told).toMatch(/^\d\d:\d\d:\d\d warning: log lines lost: 3\n$/)
  })
})

describe('the log of a router', () => {
  const printedFor = (logReader: Terminal['logReader'], isJson?: boolean, hasColors = false): string => {
    let printed = ''
    const terminal = { openLog: () => ({ write: (text: string) => (printed += text) }), logReader, hasColors } as unknown as Terminal
    const log = routerLog(terminal, isJson)
    for (const level of ['error', 'warn', 'info', 'debug'] as const) log[level](`an ${level}`, { area: 'router' })
    return printed.replaceAll(/"time":"[^"]*"/g, '"time":""').replaceAll(/^[\d:]+ /gm, '')
  }

  it('is for people at a terminal, and JSON elsewhere or on demand', () => {
    expect(printedFor('person')).toBe('error: router: an error\nwarning: router: an warn\nrouter: an info\ndebug: router: an debug\n')
    const json = ['error', 'warn', 'info', 'debug'].map((level) => `{"level":"${level}","time":"","area":"router","msg":"an ${level}"}\n`)
    expect([printedFor('program'), printedFor('person', true)]).toEqual([json.join(''), json.join('')])
  })

  it('has the priority of each line for the journal, which takes it away', () => {
    const lines = printedFor('journal').split('\n')
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['<3>{', '<4>{', '<6>{', '<7>{', ''])
  })

  it('has colors where a terminal shows some', () => {
    expect(printedFor('person', false, true)).toContain('\u001b[31merror: \u001b[39mrouter: an error\n')
  })
})
