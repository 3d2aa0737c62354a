// A line of live traffic for people. Everything that a client or the router chose is made printable.

import type { TrafficLine } from './admin/traffic-line.ts'
import { printableLine } from './printable.ts'

/** One line, without its end. */
export function trafficText(line: TrafficLine, hasColours: boolean): string {
  const paint = hasColours ? painted : (text: string): string => text
  const { kind, realm, uri, match, from, to, deliveries, milliseconds, payload } = line
  const isFailure = line.error !== null || (line.outcome !== 'done' && line.outcome !== 'result')
  const who = [partyText(from), ...(to === null ? [] : ['→', partyText(to)])].join(' ')
  const parts = [
    paint(printableLine(line.time.slice(11, 23)), 'dim'),
    paint(kind.padEnd(WIDEST_KIND), KIND_COLOURS[kind]),
    printableLine(realm),
    ...(uri === null ? [] : [paint(printableLine(uri), 'bold') + (match === null || match === 'exact' ? '' : ` (${match})`)]),
    who,
    ...(line.outcome === 'done' ? [] : [paint(outcomeText(line), isFailure ? 'red' : 'green')]),
    ...(milliseconds === null ? [] : [`${milliseconds} ms`]),
    ...(deliveries === null ? [] : [`to ${deliveries}`]),
    ...(payload === null ? [] : [printableLine(JSON.stringify(payload))]),
  ]
  return parts.join('  ')
}

/** With the id by which the session can be looked up, or kicked. */
function partyText({ authid, session }: TrafficLine['from']): string {
  return printableLine(`${authid}#${session}`)
}

function outcomeText({ outcome, error }: TrafficLine): string {
  return error === null ? printableLine(outcome) : `${printableLine(outcome)} ${printableLine(error)}`
}

const WIDEST_KIND = 'unsubscribe'.length
const COLOURS = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const
type Colour = keyof typeof COLOURS
const KIND_COLOURS: Readonly<Record<TrafficLine['kind'], Colour>> = {
  call: 'cyan',
  publish: 'magenta',
  register: 'blue',
  unregister: 'blue',
  subscribe: 'blue',
  unsubscribe: 'blue',
  join: 'yellow',
  leave: 'yellow',
}

function painted(text: string, colour: Colour): string {
  return `\u001b[${COLOURS[colour]}m${text}\u001b[0m`
}
