// The names under which calls are measured: the patterns of rules, and the procedures of contracts. Never looks at a session.

import type { MatchPolicy } from '@trunkline/protocol'
import { PatternIndex } from './pattern-index.ts'

/** A pattern as rules write it; with `match` it is taken literally. */
export interface NamedPattern {
  readonly uri: string
  readonly match?: MatchPolicy | undefined
}

export class ProcedureNames {
  /** Exact names and wildcards. Apart, because among the patterns of one index `**` precedes every wildcard. */
  readonly #precise = new PatternIndex<string>()
  readonly #prefixes = new PatternIndex<string>()

  /**
   * @param patterns valid patterns of rules, perhaps with placeholders
   * @param templates URIs of contracts, perhaps with parameters
   */
  constructor(patterns: readonly NamedPattern[], templates: readonly string[]) {
    for (const uri of OWN) this.#add(uri)
    for (const { uri, match } of patterns) {
      if (match === undefined) this.#add(uri)
      else if (match === 'prefix') this.#prefixes.set(match, uri, `${uri}**`)
      else this.#precise.set(match, uri, uri)
    }
    // Last, because a contract says more of a procedure than a rule with the same pattern.
    for (const uri of templates) this.#add(uri)
  }

  /** The most specific name: exact, then a wildcard, then the longest prefix; undefined where there is none. */
  of(procedure: string): string | undefined {
    return this.#precise.best(procedure) ?? this.#prefixes.best(procedure)
  }

  #add(name: string): void {
    const components = name.split('.').map((each) => (/^\{.*\}$/.test(each) ? '' : each))
    if (!/(^|\.)(\*\*|\{.*\*\})$/.test(name)) {
      return this.#precise.set(components.includes('') ? 'wildcard' : 'exact', components.join('.'), name)
    }
    // No pattern has a rest behind another parameter: such a name stands for all that begins like it.
    const fixed = components.slice(0, -1)
    const first = fixed.includes('') ? fixed.slice(0, fixed.indexOf('')) : fixed
    this.#prefixes.set('prefix', first.map((each) => `${each}.`).join(''), name)
  }
}

/** Procedures of the router itself. */
const OWN = ['wamp.**', 'trunkline.**']
