// The router's log on the terminal: JSON lines for machines, short ones for people. Never logs payload.

import type { Log } from '@trunkline/router'
import type { Terminal } from './terminal.ts'

/** Lines of JSON with level, time and message, as log collectors take them. */
export async function jsonLog(terminal: Terminal): Promise<Log> {
  const { pino } = await import('pino')
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } }
  const lines = terminal.openLog(lostLines)
  const logger = pino(options, { write: (line) => lines.write(`${escaped(line.trimEnd())}\n`) })
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
    const rest = shown.map(([name, value]) => ` ${name}=${typeof value === 'string' ? quoted(value) : escaped(JSON.stringify(value))}`)
    lines.write(`${clockText()} ${mark}${event}${rest.join('')}\n`)
  }
  return {
    warn: (event, fields) => line('warning: ', event, fields),
    info: (event, fields) => line('', event, fields),
  }
}

/** The line in place of those that a log could not take. */
export function lostLines(lines: number): string {
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lines, msg: 'log lines lost' })}\n`
}

function clockText(): string {
  return new Date().toTimeString().slice(0, 8)
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : escaped(JSON.stringify(text))
}

/** JSON text in which nothing is left that a terminal obeys or a reader takes for the end of a line. */
function escaped(json: string): string {
  return json.replaceAll(COMMANDS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What JSON leaves as it is: DEL, C1 controls, line and paragraph separators, and marks that turn the direction of text. */
const COMMANDS = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g
