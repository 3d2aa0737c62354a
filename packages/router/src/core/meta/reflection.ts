// Descriptions of procedures, topics and errors that sessions defined (specification: "Interface Reflection"). A description lasts
// as long as the session that defined it.

import type { Payload } from '@trunkline/protocol'
import { tableKey } from '../matching/table-key.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import { ownerOf } from '../state/owner.ts'
import { KEPT_PART } from '../state/owner-total.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import { textOctets } from '../state/text-octets.ts'

export type DefinitionKind = 'procedure' | 'topic' | 'error'

export const DEFINITION_KINDS: readonly DefinitionKind[] = ['procedure', 'topic', 'error']

export interface Definition {
  readonly kind: DefinitionKind
  readonly uri: string
  /** The description is its only argument. */
  readonly payload: Payload
  readonly owner: Session
  /** In a cluster: of two definitions of one URI, the one with the larger stays. */
  readonly stamp: number
}

/** What a definition would exceed: `total` is that of all sessions, or of those of its owner. */
export type DefinitionLimit = 'definitions' | 'definitionBytes' | 'total'

export class Definitions {
  readonly #context: Pick<RealmContext, 'settings' | 'keptTotal'>
  readonly #meta: MetaEvents
  /** By {@link tableKey}. */
  readonly #byKind: Readonly<Record<DefinitionKind, Map<string, Definition>>> = { procedure: new Map(), topic: new Map(), error: new Map() }
  readonly #byOwner = new Map<Session, Set<Definition>>()
  #version = 0

  constructor(context: Pick<RealmContext, 'settings' | 'keptTotal'>, meta: MetaEvents) {
    this.#context = context
    this.#meta = meta
  }

  /** How many sessions defined something. */
  get size(): number {
    return this.#byOwner.size
  }

  get(kind: DefinitionKind, uri: string): Definition | undefined {
    return this.#byKind[kind].get(tableKey(uri))
  }

  /** Changes whenever a definition is added or removed. */
  get version(): number {
    return this.#version
  }

  /** The definitions of a session. */
  of(owner: Session): Iterable<Definition> {
    return this.#byOwner.get(owner) ?? []
  }

  /** The URIs of all definitions of one kind. */
  *uris(kind: DefinitionKind): Iterable<string> {
    for (const { uri } of this.#byKind[kind].values()) yield uri
  }

  /** How many definitions of one kind there are. */
  count(kind: DefinitionKind): number {
    return this.#byKind[kind].size
  }

  /** All definitions. */
  *all(): Iterable<Definition> {
    for (const kind of DEFINITION_KINDS) yield* this.#byKind[kind].values()
  }

  /**
   * Adds a definition and replaces an earlier one; or returns the limit that it would exceed.
   * @param isTold another node has published the meta event, and this one publishes none
   */
  define(definition: Definition, isTold = false): DefinitionLimit | undefined {
    const { kind, uri, payload, owner } = definition
    const before = this.get(kind, uri)
    const own = [...(this.#byOwner.get(owner) ?? [])].filter((each) => each !== before)
    const { settings, keptTotal } = this.#context
    const { limits } = settings
    if (own.length >= limits.definitions) return 'definitions'
    if (own.reduce((sum, each) => sum + each.payload.raw.byteLength, payload.raw.byteLength) > limits.definitionBytes)
      return 'definitionBytes'
    const replaced = before?.owner === owner ? octetsOf(before) : 0
    if (!keptTotal.fits(ownerOf(owner), octetsOf(definition) - replaced, KEPT_PART)) return 'total'
    if (before !== undefined) this.#remove(before)
    this.#byKind[kind].set(tableKey(uri), definition)
    keptTotal.add(ownerOf(owner), octetsOf(definition))
    this.#version++
    this.#byOwner.set(owner, new Set([...own, definition]))
    if (!isTold) this.#meta.defined(owner, uri, kind)
    return undefined
  }

  /** Removes a definition; does nothing where there is none. */
  undefine(kind: DefinitionKind, uri: string, isTold = false): void {
    const definition = this.get(kind, uri)
    if (definition === undefined) return
    this.#remove(definition)
    if (!isTold) this.#meta.undefined(definition.owner, uri, kind)
  }

  /** Removes all definitions of a session. */
  leave(session: Session, isTold = false): void {
    for (const { kind, uri } of this.of(session)) this.undefine(kind, uri, isTold)
  }

  #remove(definition: Definition): void {
    const { kind, uri, owner } = definition
    this.#byKind[kind].delete(tableKey(uri))
    this.#context.keptTotal.add(ownerOf(owner), -octetsOf(definition))
    this.#version++
    const own = this.#byOwner.get(owner)
    own?.delete(definition)
    if (own?.size === 0) this.#byOwner.delete(owner)
  }
}

/** About what a definition takes in memory besides its octets. */
const BESIDES = 512

function octetsOf({ uri, payload }: Definition): number {
  return textOctets(uri) + payload.raw.byteLength + BESIDES
}
