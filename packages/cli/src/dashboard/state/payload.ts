// What is typed as arguments, as values; and values as text. Nothing here becomes HTML.

export type ReadPayload =
  | { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> }
  | { readonly field: 'args' | 'kwargs'; readonly fault: string }

/** Reads a list and a dict of JSON; an empty field is an empty one. */
export function readPayload(args: string, kwargs: string): ReadPayload {
  const list = readJson(args, '[]')
  if ('fault' in list) return { field: 'args', fault: list.fault }
  if (!Array.isArray(list.value)) return { field: 'args', fault: 'Expected a list, such as [2, 3].' }
  const dict = readJson(kwargs, '{}')
  if ('fault' in dict) return { field: 'kwargs', fault: dict.fault }
  if (!isDict(dict.value)) return { field: 'kwargs', fault: 'Expected a dict, such as {"unit": "s"}.' }
  return { args: list.value, kwargs: dict.value }
}

/** A value as JSON; octets and large numbers as what they are. */
export function asText(value: unknown): string {
  return JSON.stringify(value, shown) ?? 'null'
}

/** A payload in a line: its arguments, then its keyword arguments. */
export function inALine(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): string {
  const texts = args.map((each) => asText(each))
  for (const [key, value] of Object.entries(kwargs)) texts.push(`${key}=${asText(value)}`)
  return texts.join(' ')
}

function shown(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? `(${value.length} octets)` : value
}

function readJson(text: string, otherwise: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(text.trim() === '' ? otherwise : text) }
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^JSON\.parse: /, '').replace(/ in JSON/, '') : String(error)
    return { fault: `This is not JSON: ${reason}.` }
  }
}

function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
