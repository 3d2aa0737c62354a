// What an error says in one line. Knows no class of errors by name.

/** The text of what was thrown; where there is none, its class and its code, if it has them. */
export function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error) || 'an empty text'
  const { message, name, code, constructor: made } = error as Readonly<Record<string, unknown>>
  if (typeof message === 'string' && message !== '') return message
  const words = [name ?? (made as { name?: unknown } | undefined)?.name ?? 'an object', code]
  return words.filter((word) => word !== undefined).join(' ')
}
