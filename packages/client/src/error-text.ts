// The text of any error.

/** The text of a thrown value; if it has none, its class and its code, as far as it has them. */
export function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error) || 'an empty text'
  const { message, name, code, constructor: made } = error as Readonly<Record<string, unknown>>
  if (typeof message === 'string' && message !== '') return message
  const words = [name ?? (made as { name?: unknown } | undefined)?.name ?? 'an object', code]
  return words.filter((word) => word !== undefined).join(' ')
}
