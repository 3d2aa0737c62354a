// The id of an event in a stream: how far each subscription of the stream has come, so that the next stream goes on there. Positions of
// subscriptions differ while they catch up.

/** Where a stream goes on. */
export interface EventId {
  /** The life of the store in which the positions count. */
  readonly epoch: string
  /** In the order of the topics; undefined for topics that are not durable. */
  readonly positions: readonly (number | undefined)[]
}

/** An id as a text without line ends and U+0000, which browsers would not keep. */
export function textOfId({ epoch, positions }: EventId): string {
  return `${encodeURIComponent(epoch)}:${positions.map((position) => position ?? '').join('-')}`
}

/** The id of a text; undefined when it is none for so many topics. */
export function idIn(text: string, topics: number): EventId | undefined {
  const [, encoded = '', rest = ''] = /^([\w.~!*'()%-]{1,200}):([\d-]{0,800})$/.exec(text) ?? []
  const parts = rest.split('-')
  if (encoded === '' || parts.length !== topics) return undefined
  const positions = parts.map((part) => (part === '' ? undefined : Number(part)))
  if (!positions.every((position) => position === undefined || Number.isSafeInteger(position))) return undefined
  try {
    return { epoch: decodeURIComponent(encoded), positions }
  } catch {
    return undefined
  }
}
