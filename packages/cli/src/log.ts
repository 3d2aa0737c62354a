// The router's log on the terminal: JSON lines for machines, short ones for people. It logs no payload.

import type { Log, LogFields, LogLevel } from '@trunkline/router'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** Lines for people at a terminal, JSON elsewhere. @param isJson JSON at a terminal, too */
export function routerLog(terminal: Terminal, isJson = false): Log {
  return isJson || terminal.logReader !== 'person' ? jsonLog(terminal) : humanLog(terminal)
}

/** Lines of JSON with level, time and message, as log collectors expect them; for the journal each with its priority. */
export function jsonLog(terminal: Terminal): Log {
  const lines = terminal.openLog(lostLines)
  const prefixes = terminal.logReader === 'journal' ? PRIORITIES : NO_PRIORITIES
  return logOf((level, event, fields) => {
    const line = JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg: event })
    lines.write(`${prefixes[level]}${printable(line)}\n`)
  })
}

/** `12:03:04 realms: realm created on demand realm=shop`. */
export function humanLog(terminal: Terminal): Log {
  const lines = terminal.openLog((lost) => `${clockText()} warning: log lines lost: ${lost}\n`)
  const marks = terminal.hasColors === true ? COLORED : PLAIN
  return logOf((level, event, { area, ...fields }) => {
    const shown = Object.entries(fields).filter(([, value]) => value !== undefined)
    const rest = shown.map(([name, value]) => ` ${name}=${typeof value === 'string' ? quoted(value) : printable(JSON.stringify(value))}`)
    lines.write(`${clockText()} ${marks[level]}${area}: ${event}${rest.join('')}\n`)
  })
}

/** The line in place of dropped lines. */
export function lostLines(lines: number): string {
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lines, msg: 'log lines lost' })}\n`
}

function logOf(write: (level: LogLevel, event: string, fields: LogFields) => void): Log {
  return {
    error: (event, fields) => write('error', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    info: (event, fields) => write('info', event, fields),
    debug: (event, fields) => write('debug', event, fields),
  }
}

/** How systemd's journal learns the priority of a line: sd-daemon(3). */
const PRIORITIES: Readonly<Record<LogLevel, string>> = { error: '<3>', warn: '<4>', info: '<6>', debug: '<7>' }
const NO_PRIORITIES: Readonly<Record<LogLevel, string>> = { error: '', warn: '', info: '', debug: '' }

const PLAIN: Readonly<Record<LogLevel, string>> = { error: 'error: ', warn: 'warning: ', info: '', debug: 'debug: ' }
const COLORED: Readonly<Record<LogLevel, string>> = {
  error: '\u001b[31merror: \u001b[39m',
  warn: '\u001b[33mwarning: \u001b[39m',
  info: '',
  debug: '\u001b[2mdebug: \u001b[22m',
}

function clockText(): string {
  return new Date().toTimeString().slice(0, 8)
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : printable(JSON.stringify(text))
}
