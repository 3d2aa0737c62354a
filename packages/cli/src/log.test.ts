// Shows that what peers say cannot forge lines of the log, nor give commands to the terminal that shows it.

import { describe, expect, it } from 'vitest'
import { humanLog, jsonLog } from './log.ts'
import type { Terminal } from './terminal.ts'

const EVIL = 'eve\n{"level":"warn","msg":"forged"}\r\u001b[2J\u009b2J\u007f\u2028x\u202etxt'

describe('a line of the log', () => {
  const logs = [
    ['for machines', jsonLog],
    ['for people', humanLog],
  ] as const

  it.each(logs)('%s is one line, whatever a peer calls itself, and commands nothing', async (_, make) => {
    let printed = ''
    const log = await make({ openLog: () => ({ write: (text: string) => (printed += text) }) } as unknown as Terminal)
    log.warn('protocol violation', { peer: EVIL, list: [EVIL] })
    expect(printed.endsWith('\n')).toBe(true)
    const line = printed.slice(0, -1)
    expect(line.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)).toBeNull()
    expect(line).toContain(String.raw`eve\n{\"level\":\"warn\"`)
  })

  it('for machines reads as what was said', async () => {
    let printed = ''
    const log = await jsonLog({ openLog: () => ({ write: (text: string) => (printed += text) }) } as unknown as Terminal)
    log.info('protocol violation', { peer: EVIL })
    expect(JSON.parse(printed)).toMatchObject({ level: 'info', msg: 'protocol violation', peer: EVIL })
  })
})

describe('a line for people', () => {
  it('has the time, then what happened, then all that is there: words as they are, other texts and values as JSON', () => {
    let printed = ''
    const log = humanLog({ openLog: () => ({ write: (text: string) => (printed += text) }) } as unknown as Terminal)
    log.info('listening', {
      address: 'ws://127.0.0.1:8080/ws',
      user: 'joe@example.com',
      text: 'a b',
      empty: '',
      none: undefined,
      n: 1,
      list: ['x'],
    })
    log.warn('slow', { isSlow: true, what: null })
    expect(printed.replaceAll(/^\d\d:\d\d:\d\d /gm, '')).toBe(
      'listening address=ws://127.0.0.1:8080/ws user=joe@example.com text="a b" empty="" n=1 list=["x"]\nwarning: slow isSlow=true what=null\n',
    )
    expect(printed).toMatch(/^\d\d:\d\d:\d\d listening .*\n\d\d:\d\d:\d\d warning: /)
  })

  it('tells how many are missing', () => {
    let told = ''
    humanLog({ openLog: (lostLine: (lost: number) => string) => void (told = lostLine(3)) } as unknown as Terminal)
    expect(told).toMatch(/^\d\d:\d\d:\d\d warning: log lines lost: 3\n$/)
  })
})
