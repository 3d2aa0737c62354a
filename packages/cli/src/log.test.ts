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
