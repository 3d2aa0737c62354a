// Durations and sizes with their units, as the command line and the configuration write them.

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 }
const SIZES: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 }

/** Milliseconds of `500ms`, `5s`, `2min`, `1h`; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATIONS)
}

/** Octets of `512B`, `64KiB`, `4MiB`, `1GiB`; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  return parse(text, SIZES)
}

/** Octets in the largest unit that holds them evenly: `4MiB`. */
export function sizeText(octets: number): string {
  return textOf(octets, SIZES)
}

/** Milliseconds in the largest unit that holds them evenly: `10s`. */
export function durationText(milliseconds: number): string {
  return textOf(milliseconds, DURATIONS)
}

function textOf(quantity: number, units: Readonly<Record<string, number>>): string {
  const [smallest = ['', 1]] = Object.entries(units)
  const [unit, factor] = Object.entries(units).findLast(([, each]) => quantity >= each && quantity % each === 0) ?? smallest
  return `${quantity / factor}${unit}`
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/.exec(text) ?? []
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  return digits === undefined || factor === undefined ? undefined : Math.round(Number(digits) * factor)
}

/** `3 d 4 h`, `5 min 3 s`. */
export function spanText(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
