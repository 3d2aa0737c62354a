// The router's log on the terminal: JSON lines for machines, short ones for people. It logs no payload.

import type { Log } from '@trunkline/router'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** Lines of JSON with level, time and message, as log collectors expect them. */
export async function jsonLog(terminal: Terminal): Promise<Log> {
  const { pino } = await import('pino')
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } }
  const lines = terminal.openLog(lostLines)
  const logger = pino(options, { write: (line) => lines.write(`${printable(line.trimEnd())}\n`) })
  return {
    warn: (event, fields) => logger.warn(fields, event),
    info: (event, fields) => logger.info(fields, event),
  }
}

/** `12:03:04 realm created on demand realm=shop`. */
export function humanLog(terminal: Terminal): Log {
  const lines = terminal.openLog((lost) => `${clockText()} warning: log lines lost: ${lost}\n`)
  const line = (mark: string, event: string, fields: Readonly<Record<string, unknown>>): void => {
    const shown = Object.entries(fields).filter(([, value]) => value !== undefined)
    const rest = shown.map(([name, value]) => ` ${name}=${typeof value === 'string' ? quoted(value) : printable(JSON.stringify(value))}`)
    lines.write(`${clockText()} ${mark}${event}${rest.join('')}\n`)
  }
  return {
    warn: (event, fields) => line('warning: ', event, fields),
    info: (event, fields) => line('', event, fields),
  }
}

/** The line in place of dropped lines. */
export function lostLines(lines: number): string {
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lines, msg: 'log lines lost' })}\n`
}

function clockText(): string {
  return new Date().toTimeString().slice(0, 8)
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : printable(JSON.stringify(text))
}
