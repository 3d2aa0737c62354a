// Descriptions of procedures, topics and errors that sessions defined (specification: "Interface Reflection"). A description lives
// as long as the session that defined it. Judges no rights.

import type { Payload } from '@trunkline/protocol'
import type { MetaEvents } from '../state/meta-events.ts'
import type { Limited } from '../ports/settings.ts'
import type { Session } from '../state/session.ts'

export type DefinitionKind = 'procedure' | 'topic' | 'error'

export const DEFINITION_KINDS: readonly DefinitionKind[] = ['procedure', 'topic', 'error']

export interface Definition {
  readonly kind: DefinitionKind
  readonly uri: string
  /** The description is its only argument. */
  readonly payload: Payload
  readonly owner: Session
}

type DefinitionLimit = 'definitions' | 'definitionBytes'

export class Definitions {
  readonly #context: Limited
  readonly #meta: MetaEvents
  readonly #byKind: Readonly<Record<DefinitionKind, Map<string, Definition>>> = { procedure: new Map(), topic: new Map(), error: new Map() }
  readonly #byOwner = new Map<Session, Set<Definition>>()
  #version = 0

  constructor(context: Limited, meta: MetaEvents) {
    this.#context = context
    this.#meta = meta
  }

  /** How many sessions defined something. */
  get size(): number {
    return this.#byOwner.size
  }

  get(kind: DefinitionKind, uri: string): Definition | undefined {
    return this.#byKind[kind].get(uri)
  }

  /** Another number when something was defined or is no more. */
  get version(): number {
    return this.#version
  }

  /** What a session defined. */
  of(owner: Session): Iterable<Definition> {
    return this.#byOwner.get(owner) ?? []
  }

  /** All that is defined of one kind. */
  uris(kind: DefinitionKind): Iterable<string> {
    return this.#byKind[kind].keys()
  }

  /** Defines something, in place of what was defined before; says which limit it would pass instead, if any. */
  define(definition: Definition): DefinitionLimit | undefined {
    const { kind, uri, payload, owner } = definition
    const before = this.get(kind, uri)
    const own = [...(this.#byOwner.get(owner) ?? [])].filter((each) => each !== before)
    const { limits } = this.#context.settings
    if (own.length >= limits.definitions) return 'definitions'
    if (own.reduce((sum, each) => sum + each.payload.raw.byteLength, payload.raw.byteLength) > limits.definitionBytes)
      return 'definitionBytes'
    if (before !== undefined) this.#remove(before)
    this.#byKind[kind].set(uri, definition)
    this.#version++
    this.#byOwner.set(owner, new Set([...own, definition]))
    this.#meta.defined(uri, kind)
    return undefined
  }

  /** Takes a description away; nothing happens where there is none. */
  undefine(kind: DefinitionKind, uri: string): void {
    const definition = this.get(kind, uri)
    if (definition === undefined) return
    this.#remove(definition)
    this.#meta.undefined(uri, kind)
  }

  /** Takes away all that a session defined. */
  leave(session: Session): void {
    for (const { kind, uri } of this.of(session)) this.undefine(kind, uri)
  }

  #remove(definition: Definition): void {
    const { kind, uri, owner } = definition
    this.#byKind[kind].delete(uri)
    this.#version++
    const own = this.#byOwner.get(owner)
    own?.delete(definition)
    if (own?.size === 0) this.#byOwner.delete(owner)
  }
}
