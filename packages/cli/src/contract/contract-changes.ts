// What changed between two versions of a contract, and whom it hurts.

import type { ContractPayload } from '@trunkline/router'
import type { ContractFile, ErrorOfFile, ProcedureOfFile, TopicOfFile } from './contract-file.ts'
import type { Level } from './levels.ts'
import { LEVELS } from './levels.ts'
import type { Way } from './payload-changes.ts'
import { payloadChanges, pointerOf } from './payload-changes.ts'

/** One change. */
export interface Change {
  readonly level: Level
  /** A JSON Pointer into the contract file: the new one, or the old one where only that has the place. */
  readonly path: string
  readonly text: string
  /** Set where it is not known whether the change concerns any value. */
  readonly isUnsure?: true
}

/** Every change, the worst first; the same contract gives none. */
export function contractChanges(old: ContractFile, now: ContractFile): readonly Change[] {
  const found = new Found()
  found.compare('procedures', old.procedures, now.procedures, (x, y, at) => found.procedure(x, y, at))
  found.compare('topics', old.topics, now.topics, (x, y, at) => found.topic(x, y, at))
  found.compare('errors', old.errors, now.errors, (x, y, at) => found.error(x, y, at))
  return found.changes.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))
}

type Described = Pick<ProcedureOfFile, 'path' | 'doc' | 'since' | 'deprecated'>

class Found {
  readonly changes: Change[] = []

  compare<T extends object>(
    kind: 'procedures' | 'topics' | 'errors',
    old: Readonly<Record<string, T>>,
    now: Readonly<Record<string, T>>,
    each: (old: T, now: T, at: string) => void,
  ): void {
    for (const [uri, before] of Object.entries(old)) {
      const at = pointerOf(kind, uri)
      const after = Object.hasOwn(now, uri) ? now[uri] : undefined
      if (after !== undefined) each(before, after, at)
      // Callers need no change for an error that is not thrown any more.
      else if (kind === 'errors') this.#say('compatible', at, 'is gone')
      else this.#say('breaking', at, !('deprecated' in before) ? 'is gone' : 'is gone, as its deprecation said')
    }
    for (const uri of Object.keys(now)) if (!Object.hasOwn(old, uri)) this.#say('compatible', pointerOf(kind, uri), 'is new')
  }

  procedure(old: ProcedureOfFile, now: ProcedureOfFile, at: string): void {
    this.#described(old, now, at)
    this.#idempotent(old.idempotent === true, now.idempotent === true, at)
    if (old.chunk !== undefined && now.chunk !== undefined) this.#payload(old.chunk, now.chunk, 'in', `${at}/chunk`)
    else if (old.chunk === undefined && now.chunk === undefined) this.#input(old.call, now.call, `${at}/call`)
    else this.#say('breaking', at, now.chunk === undefined ? 'takes no chunks any more' : 'takes chunks now')
    this.#output(old.result, now.result, `${at}/result`)
    this.#progress(old.progress, now.progress, `${at}/progress`)
    for (const uri of now.errors) if (!old.errors.includes(uri)) this.#say('source', `${at}/errors`, `may fail with ${uri} now`)
    for (const uri of old.errors)
      if (!now.errors.includes(uri)) this.#say('compatible', `${at}/errors`, `does not fail with ${uri} any more`)
  }

  topic(old: TopicOfFile, now: TopicOfFile, at: string): void {
    this.#described(old, now, at)
    if (old.from !== now.from) {
      this.#say(now.from === 'both' ? 'compatible' : 'breaking', `${at}/from`, `was published by ${WHO[old.from]}, is by ${WHO[now.from]}`)
    }
    const ways = { service: 'out', client: 'in', both: 'both' } as const
    this.#output(old.event, now.event, `${at}/event`, old.from === now.from ? ways[now.from] : 'both')
  }

  error(old: ErrorOfFile, now: ErrorOfFile, at: string): void {
    if (old.doc !== now.doc) this.#say('compatible', `${at}/doc`, 'the description changed')
    this.#output(old, now, at)
  }

  #described(old: Described, now: Described, at: string): void {
    if (old.path.join('.') !== now.path.join('.')) {
      this.#say('source', `${at}/path`, `was ${old.path.join('.')} in TypeScript, is ${now.path.join('.')}`)
    }
    if (old.doc !== now.doc) this.#say('compatible', `${at}/doc`, 'the description changed')
    if (old.since !== now.since) this.#say('compatible', `${at}/since`, `was ${old.since ?? 'absent'}, is ${now.since ?? 'absent'}`)
    if (old.deprecated === now.deprecated) return
    const text =
      now.deprecated === undefined ? 'is not deprecated any more' : `is deprecated${now.deprecated === '' ? '' : `: ${now.deprecated}`}`
    this.#say('compatible', `${at}/deprecated`, text)
  }

  #idempotent(old: boolean, now: boolean, at: string): void {
    if (old && !now) this.#say('breaking', `${at}/idempotent`, 'must not be repeated any more')
    else if (now && !old) this.#say('compatible', `${at}/idempotent`, 'may be repeated now')
  }

  #input(old: ContractPayload, now: ContractPayload, at: string): void {
    this.#payload(old, now, 'in', at)
    if (now.args.length > old.args.length && old.kwargs !== undefined && now.kwargs !== undefined) {
      this.#say('source', at, 'the object of keywords moved: it comes behind the new positional value')
    }
  }

  /** A payload whose kind (a value, a list, with keywords) is the kind of what a program gets. */
  #output(old: ContractPayload, now: ContractPayload, at: string, way: Way = 'out'): void {
    this.#payload(old, now, way, at)
    if (kindOf(old) !== kindOf(now)) this.#say('source', at, `was ${kindOf(old)}, is ${kindOf(now)}`)
  }

  #progress(old: ContractPayload | undefined, now: ContractPayload | undefined, at: string): void {
    if (old !== undefined && now !== undefined) this.#output(old, now, at)
    else if (old !== undefined) this.#say('source', at, 'nothing is sent before the result any more')
    else if (now !== undefined) this.#say('compatible', at, 'something may be sent before the result')
  }

  #payload(old: ContractPayload, now: ContractPayload, way: Way, at: string): void {
    for (const { path, ...rest } of payloadChanges(old, now, way)) this.changes.push({ ...rest, path: at + path })
  }

  #say(level: Level, path: string, text: string): void {
    this.changes.push({ level, path, text })
  }
}

const WHO = { service: 'the service', client: 'clients', both: 'both sides' } as const

function kindOf({ args, kwargs }: ContractPayload): string {
  const values = args.length === 0 ? [] : [args.length === 1 ? 'a value' : `a list of ${args.length}`]
  return [...values, ...(kwargs === undefined ? [] : ['keywords'])].join(' and ') || 'nothing'
}
