// What a message of a client must look like, written down from the message chapter and the option tables of the
// protocol. Decides whether a router must end the session because of an array.

/** One letter for each element after the type code: i id, n integer, s string, d dictionary; in brackets: may be absent. */
const SHAPES: Readonly<Record<number, string>> = {
  1: 'sd',
  3: 'dsP',
  5: 'sd',
  6: 'ds',
  8: 'nidsP',
  16: 'idsP',
  32: 'ids',
  34: 'ii(d)',
  48: 'idsP',
  49: 'id',
  64: 'ids',
  66: 'ii(d)',
  70: 'idP',
  337: 'i',
}

const MATCH = ['exact', 'prefix', 'wildcard']

/** Predefined options: b bool, n integer, s string, I list of ids, S list of strings, d dictionary, or the words allowed. */
const OPTIONS: Readonly<Record<number, Readonly<Record<string, string | readonly string[]>>>> = {
  1: { roles: 'd', agent: 's', authmethods: 'S', authid: 's', authrole: 's', authextra: 'd' },
  3: { message: 's' },
  6: { message: 's' },
  16: {
    acknowledge: 'b',
    exclude_me: 'b',
    disclose_me: 'b',
    exclude: 'I',
    exclude_authid: 'S',
    exclude_authrole: 'S',
    eligible: 'I',
    eligible_authid: 'S',
    eligible_authrole: 'S',
    retain: 'b',
  },
  32: { match: MATCH, get_retained: 'b' },
  48: { receive_progress: 'b', progress: 'b', timeout: 'n', disclose_me: 'b' },
  49: { mode: ['skip', 'kill', 'killnowait'] },
  64: { match: MATCH, invoke: ['single', 'roundrobin', 'random', 'first', 'last'], disclose_caller: 'b', forward_timeout: 'b' },
  70: { progress: 'b' },
}

/** A row of the two tables, parsed once. */
interface Shape {
  readonly letters: readonly string[]
  readonly hasPayload: boolean
  readonly most: number
  /** The index of the options among the elements, from 0. */
  readonly dictAt: number
  readonly options: readonly (readonly [string, string | readonly string[]])[]
}

const TABLE = new Map(Object.entries(SHAPES).map(([type, shape]) => [Number(type), readShape(shape, OPTIONS[Number(type)] ?? {})]))

function readShape(shape: string, options: Readonly<Record<string, string | readonly string[]>>): Shape {
  const hasPayload = shape.endsWith('P')
  const letters = shape.replace(/P|\(.*/, '').split('')
  const most = letters.length + (shape.includes('(') ? 1 : 0) + (hasPayload ? 2 : 0)
  return { letters, hasPayload, most, dictAt: letters.indexOf('d'), options: Object.entries(options) }
}

/** Whether the array is a message that a client may send at all. */
export function isWellFormed(list: readonly unknown[] | undefined): list is readonly [number, ...unknown[]] {
  if (list === undefined || !Array.isArray(list)) return false
  const shape = TABLE.get(list[0] as number)
  if (shape === undefined) return false
  const { letters, hasPayload, most, dictAt } = shape
  const count = list.length - 1
  if (count < letters.length || count > most) return false
  for (let i = 0; i < letters.length; i++) if (!holds(letters[i] as string, list[i + 1])) return false
  // null counts as empty there.
  const [first, second] = [list[letters.length + 1] ?? undefined, list[letters.length + 2] ?? undefined]
  if (!hasPayload && list[letters.length + 1] === null) return false
  if (first !== undefined && !holds(hasPayload ? 'l' : 'd', first)) return false
  if (second !== undefined && !holds('d', second)) return false
  return dictAt === -1 || optionsHold(shape, list[dictAt + 1] as Readonly<Record<string, unknown>>)
}

/** The message with an empty list or dict, or nothing, where null stands for args or kwargs. */
export function withoutNulls(list: readonly unknown[]): readonly unknown[] {
  const shape = TABLE.get(list[0] as number)
  if (shape?.hasPayload !== true) return list
  const head = list.slice(0, shape.letters.length + 1)
  const [args, kwargs] = list.slice(head.length)
  if (kwargs !== undefined && kwargs !== null) return [...head, args ?? [], kwargs]
  return args === undefined || args === null ? head : [...head, args]
}

function optionsHold({ options }: Shape, dict: Readonly<Record<string, unknown>>): boolean {
  for (const [key, wanted] of options) {
    const value = dict[key]
    if (value === undefined || value === null) continue // Counts as absent.
    if (typeof wanted === 'string' ? !holds(wanted, value) : typeof value !== 'string' || !wanted.includes(value)) return false
  }
  return true
}

function holds(letter: string, value: unknown): boolean {
  switch (letter) {
    case 'i':
      return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 53
    case 'n':
      return Number.isInteger(value) && (value as number) >= 0
    case 's':
      return typeof value === 'string'
    case 'b':
      return typeof value === 'boolean'
    case 'l':
      return Array.isArray(value)
    case 'I':
      return Array.isArray(value) && value.every((each) => holds('i', each))
    case 'S':
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
    default:
      return typeof value === 'object' && value !== null && !Array.isArray(value)
  }
}
