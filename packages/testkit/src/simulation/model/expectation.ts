// What may be sent: message patterns with placeholders for ids that are not yet known, and the comparison with what was sent.
// Knows no message type.

/** An id that the router chooses: unknown until it is first seen, then always the same. */
export class Ref {
  readonly kind: string
  value: unknown

  /** @param value what is known before it is seen */
  constructor(kind: string, value?: unknown) {
    this.kind = kind
    this.value = value
  }

  toJSON(): unknown {
    return this.value ?? `<${this.kind}>`
  }
}

/** A placeholder for one value. */
export class Hole {
  readonly describes: string
  readonly fits: (value: unknown) => boolean

  constructor(describes: string, fits: (value: unknown) => boolean) {
    this.describes = describes
    this.fits = fits
  }

  toJSON(): string {
    return `<${this.describes}>`
  }
}

export const TEXT = new Hole('text', (value) => typeof value === 'string')
/** At the end of a list: more elements may follow or not. */
export const REST = new Hole('more or nothing', () => true)

/** One of several values. */
export class OneOf {
  readonly choices: readonly unknown[]
  constructor(...choices: unknown[]) {
    this.choices = choices
  }
}

/** At the end of a list: the rest of it is one of several. */
export class OneTail {
  readonly tails: readonly (readonly unknown[])[]
  constructor(...tails: (readonly unknown[])[]) {
    this.tails = tails
  }
}

/** A list in any order. */
export class AnyOrder {
  readonly items: readonly unknown[]
  constructor(items: readonly unknown[]) {
    this.items = items
  }
}

/** A dictionary with at least these entries. */
export class AtLeast {
  readonly entries: Readonly<Record<string, unknown>>
  constructor(entries: Readonly<Record<string, unknown>>) {
    this.entries = entries
  }
}

/** What Refs that are still unknown would become: few, in pairs. */
type Bindings = (readonly [Ref, unknown])[]

/** Which id was given to what: no two of a kind get the same. */
export class Claims {
  readonly #owners = new Map<string, Map<unknown, Ref>>()

  isFree(ref: Ref, value: unknown): boolean {
    const owner = this.#owners.get(ref.kind)?.get(value)
    return owner === undefined || owner === ref
  }

  take(ref: Ref, value: unknown): void {
    let ofKind = this.#owners.get(ref.kind)
    if (ofKind === undefined) this.#owners.set(ref.kind, (ofKind = new Map()))
    ofKind.set(value, ref)
    ref.value = value
  }
}

/** Compares a message with a pattern. Refs that are still unknown are bound when the whole fits, and only then. */
export function fits(pattern: readonly unknown[], list: readonly unknown[], claims: Claims): boolean {
  if (typeof pattern[0] === 'number' && pattern[0] !== list[0]) return false
  const bindings: Bindings = []
  if (!compareLists(pattern, list, bindings)) return false
  for (const [ref, bound] of bindings) {
    if (!claims.isFree(ref, bound)) return false
    if (bindings.some(([other, to]) => other !== ref && other.kind === ref.kind && to === bound)) return false
  }
  for (const [ref, bound] of bindings) claims.take(ref, bound)
  return true
}

/** Whether a message could be what the pattern says; nothing is bound. */
export function resembles(pattern: readonly unknown[], list: readonly unknown[]): boolean {
  return (typeof pattern[0] !== 'number' || pattern[0] === list[0]) && compareLists(pattern, list, [])
}

function compare(pattern: unknown, value: unknown, bindings: Bindings): boolean {
  if (pattern === value) return true
  if (typeof pattern !== 'object' || pattern === null) return Number.isNaN(pattern) && Number.isNaN(value)
  if (pattern instanceof Ref) return compareRef(pattern, value, bindings)
  if (Array.isArray(pattern)) return Array.isArray(value) && compareLists(pattern, value, bindings)
  if (pattern instanceof Hole) return pattern.fits(value)
  if (pattern instanceof OneOf) return pattern.choices.some((choice) => compare(choice, value, bindings))
  if (pattern instanceof AnyOrder) return Array.isArray(value) && compareSets(pattern.items, value, bindings)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (pattern instanceof AtLeast) return holdsAll(pattern.entries, value as Dict, bindings)
  return Object.keys(pattern).length === Object.keys(value).length && holdsAll(pattern as Dict, value as Dict, bindings)
}

type Dict = Readonly<Record<string, unknown>>

function compareRef(ref: Ref, value: unknown, bindings: Bindings): boolean {
  if (ref.value !== undefined) return ref.value === value
  for (const [bound, to] of bindings) if (bound === ref) return to === value
  if (ref.kind === 'text' ? typeof value !== 'string' : !(Number.isInteger(value) && (value as number) > 0)) return false
  bindings.push([ref, value])
  return true
}

function compareLists(pattern: readonly unknown[], value: readonly unknown[], bindings: Bindings): boolean {
  const last = pattern.at(-1)
  if (last instanceof OneTail) return compareTails(pattern.slice(0, -1), last, value, bindings)
  const isOpen = last === REST
  const length = isOpen ? pattern.length - 1 : pattern.length
  if (isOpen ? value.length < length : value.length !== length) return false
  for (let i = 0; i < length; i++) if (!compare(pattern[i], value[i], bindings)) return false
  return true
}

function compareTails(head: readonly unknown[], { tails }: OneTail, value: readonly unknown[], bindings: Bindings): boolean {
  const { length } = bindings
  return tails.some((tail) => {
    bindings.length = length
    return compareLists([...head, ...tail], value, bindings)
  })
}

/** The known items first. What is left is for the unknown ones; which is which shows only where there is one alone. */
function compareSets(items: readonly unknown[], value: readonly unknown[], bindings: Bindings): boolean {
  if (items.length !== value.length) return false
  const left = [...value]
  const unknown = items.filter((item) => item instanceof Ref && item.value === undefined)
  for (const item of items) {
    if (unknown.includes(item)) continue
    const at = left.findIndex((each) => compare(item, each, bindings))
    if (at === -1) return false
    left.splice(at, 1)
  }
  return unknown.length === 1 ? compare(unknown[0], left[0], bindings) : left.every((each) => typeof each === typeof left[0])
}

function holdsAll(pattern: Dict, value: Dict, bindings: Bindings): boolean {
  for (const key in pattern) if (!(key in value) || !compare(pattern[key], value[key], bindings)) return false
  return true
}

/** Fills the placeholders of a pattern so that it becomes as short, or as long, as possible. */
export function example(pattern: unknown, size: 'least' | 'most'): unknown {
  if (typeof pattern !== 'object' || pattern === null) return pattern
  const text = size === 'least' ? '' : LONG_TEXT
  if (pattern instanceof Ref) return pattern.value ?? (pattern.kind === 'text' ? text : size === 'least' ? 1 : Number.MAX_SAFE_INTEGER)
  if (pattern instanceof Hole) return text
  if (pattern instanceof OneOf)
    return pickBySize(
      pattern.choices.map((choice) => example(choice, size)),
      size,
    )
  if (pattern instanceof AnyOrder) return pattern.items.map((item) => example(item, size))
  const last: unknown = Array.isArray(pattern) ? pattern.at(-1) : undefined
  if (last instanceof OneTail) {
    const lists = last.tails.map((tail) => example([...(pattern as readonly unknown[]).slice(0, -1), ...tail], size))
    return pickBySize(lists, size)
  }
  if (Array.isArray(pattern)) return pattern.filter((item) => item !== REST || size === 'most').map((item) => example(item, size))
  const isOpen = pattern instanceof AtLeast && size === 'most'
  const entries = pattern instanceof AtLeast ? pattern.entries : (pattern as Dict)
  return Object.fromEntries(
    [...Object.entries(entries), ...(isOpen ? [['more', text]] : [])].map(([key, item]) => [key, example(item, size)]),
  )
}

const LONG_TEXT = 'x'.repeat(160)

function pickBySize(choices: readonly unknown[], size: 'least' | 'most'): unknown {
  const bySize = [...choices].sort((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)
  return size === 'least' ? bySize[0] : bySize.at(-1)
}
