// The contracts of a realm, compiled for look-ups by URI. Knows no session and counts nothing.

import { UsageError } from '@trunkline/protocol'
import { PatternIndex } from '../matching/pattern-index.ts'
import type { ContractFile, ContractMode, ContractMoment, ContractPayload, ContractRule } from '../ports/contracts.ts'
import type { PayloadValidator } from './payload-validator.ts'
import { payloadValidator } from './payload-validator.ts'
import { isDict } from './schema-steps.ts'

/** What is checked of one procedure or topic. */
export interface EntryChecks {
  /** With its parameters, as the contract names it. */
  readonly uri: string
  readonly mode: ContractMode
  /** Whether payload passthru passes unread. */
  readonly passesEncrypted: boolean
  /** Whether `call` is about chunks, of which the last may be empty. */
  readonly takesChunks: boolean
  /** Only of the moments that are checked. */
  readonly validators: Readonly<Partial<Record<ContractMoment, PayloadValidator>>>
}

/** Why a realm would not take contracts; undefined when it would. */
export function contractFault(rules: readonly ContractRule[]): string | undefined {
  try {
    ContractChecks.from(rules)
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}

export class ContractChecks {
  readonly #procedures = new TemplateIndex()
  readonly #topics = new TemplateIndex()
  #isOff = true

  /**
   * Undefined where nothing is checked.
   * @throws {UsageError} for a file that is no contract, a schema that the router does not know, and a URI in two contracts
   */
  static from(rules: readonly ContractRule[] | undefined): ContractChecks | undefined {
    const checks = new ContractChecks()
    for (const rule of rules ?? []) checks.#add(rule)
    return checks.#isOff ? undefined : checks
  }

  procedure(uri: string): EntryChecks | undefined {
    return this.#procedures.find(uri)
  }
  topic(uri: string): EntryChecks | undefined {
    return this.#topics.find(uri)
  }

  #add(rule: ContractRule): void {
    const { contract } = rule
    checkFile(contract)
    for (const [uri, { call, chunk, result, progress }] of Object.entries(contract.procedures)) {
      const declared = { call: chunk ?? call, result, ...(progress && { progress }) }
      this.#put(this.#procedures, rule, { uri, at: `procedures.${uri}`, takesChunks: chunk !== undefined }, declared)
    }
    for (const [uri, { event }] of Object.entries(contract.topics)) {
      this.#put(this.#topics, rule, { uri, at: `topics.${uri}`, takesChunks: false }, { publish: event })
    }
  }

  /** Compiles everything, also what is not checked now, so that a fault shows at once. */
  #put(index: TemplateIndex, rule: ContractRule, { uri, at, takesChunks }: Place, declared: Declared): void {
    const { check = ['call', 'publish'], encrypted = 'reject' } = rule
    const compiled = Object.entries(declared).map(([moment, payload]) => [moment, payloadValidator(payload, `${at}.${moment}`)] as const)
    const mode = modeOf(rule, uri)
    // What is off is in the index too: else a wider entry that is on would answer for it.
    const isChecked = (moment: string): boolean => mode !== 'off' && check.includes(moment as ContractMoment)
    const validators = Object.fromEntries(compiled.filter(([moment]) => isChecked(moment)))
    this.#isOff &&= mode === 'off'
    index.add({ uri, mode, passesEncrypted: encrypted === 'allow', takesChunks, validators })
  }
}

type Declared = Partial<Record<ContractMoment, ContractPayload>>
interface Place {
  readonly uri: string
  /** For errors. */
  readonly at: string
  readonly takesChunks: boolean
}

function checkFile(contract: ContractFile): void {
  if (!isDict(contract) || contract.trunkline !== 'contract/1') throw new UsageError("a contract file has 'trunkline': 'contract/1'")
  for (const key of ['procedures', 'topics'] as const) {
    if (!isDict(contract[key]) || !Object.values(contract[key]).every(isDict))
      throw new UsageError(`${key}: must hold an object for each URI`)
  }
}

function modeOf({ mode = 'warn', except = {} }: ContractRule, uri: string): ContractMode {
  const [longest] = Object.keys(except)
    .filter((prefix) => uri.startsWith(prefix))
    .toSorted((a, b) => b.length - a.length)
  return (longest === undefined ? undefined : except[longest]) ?? mode
}

/** Entries by their URI templates; the most specific answers. */
class TemplateIndex {
  readonly #taken = new Set<string>()
  readonly #index = new PatternIndex<EntryChecks>()
  /** Templates with a rest behind another parameter, for which WAMP has no pattern. */
  readonly #others: { readonly first: readonly string[]; readonly entry: EntryChecks }[] = []

  add(entry: EntryChecks): void {
    const { uri } = entry
    const components = uri.split('.').map((text) => (/^\{.*\}$/.test(text) ? '' : text))
    const name = `${components.join('.')}${uri.endsWith('*}') ? '*' : ''}`
    if (this.#taken.has(name)) throw new UsageError(`${uri} is declared twice`)
    this.#taken.add(name)
    if (!uri.endsWith('*}')) this.#index.set(components.includes('') ? 'wildcard' : 'exact', components.join('.'), entry)
    else if (components.slice(0, -1).includes('')) this.#others.push({ first: components.slice(0, -1), entry })
    else this.#index.set('prefix', components.join('.'), entry)
  }

  find(uri: string): EntryChecks | undefined {
    const found = this.#index.best(uri)
    return found ?? (this.#others.length === 0 ? undefined : this.#other(uri.split('.')))
  }

  #other(components: readonly string[]): EntryChecks | undefined {
    const fits = (first: readonly string[]): boolean => first.every((text, i) => text === '' || text === components[i])
    return this.#others.find(({ first }) => components.length > first.length && fits(first))?.entry
  }
}
