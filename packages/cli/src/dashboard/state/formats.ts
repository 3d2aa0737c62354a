// Numbers, octets, durations and moments as texts for people.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const LARGE = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e4, 'k'],
] as const

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** A count in full: 12,345. */
export function whole(value: number): string {
  return WHOLE.format(value)
}

/** A number in at most five characters: 9,876 or 12.3k. */
export function short(value: number): string {
  const size = Math.abs(value)
  for (const [least, unit] of LARGE) if (size >= least) return `${digits(value / (unit === 'k' ? 1e3 : least))}${unit}`
  if (size >= 100 || Number.isInteger(value)) return whole(value)
  return size >= 10 ? value.toFixed(1) : trimmed(value.toFixed(2))
}

/** Octets with their unit: 1.5 MiB. */
export function octets(value: number): string {
  let [size, unit] = [value, 0]
  while (size >= 1_024 && unit < UNITS.length - 1) {
    size /= 1_024
    unit += 1
  }
  return `${unit === 0 ? whole(size) : digits(size)} ${UNITS[unit]}`
}

/** Milliseconds with their unit: 0.25 ms, 12 ms, 1.5 s. */
export function milliseconds(value: number): string {
  if (value >= 1_000) return `${digits(value / 1_000)} s`
  return `${value >= 10 ? whole(value) : trimmed(value.toFixed(2))} ms`
}

/** A duration in its two largest units: 3 d 4 h. */
export function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0 s'
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ')
}

/** How long ago a moment (ISO 8601) was. */
export function ago(moment: string, now: number): string {
  return duration(Math.max(0, (now - Date.parse(moment)) / 1_000))
}

/** The time of day on this clock: 14:03:59. */
export function timeOfDay(moment: Date): string {
  return moment.toTimeString().slice(0, 8)
}

/** A URI; the empty one is the prefix of all. */
export function uriText(uri: string): string {
  return uri === '' ? '(everything)' : uri
}

/** A noun with its count: 1 callee, 2 callees. */
export function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`
}

function digits(value: number): string {
  return Math.abs(value) >= 100 ? whole(value) : trimmed(value.toFixed(1))
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, '')
}
