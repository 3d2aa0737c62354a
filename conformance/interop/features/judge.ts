// Compares outcomes with what is known: the count of a run, and the content of each cell of the page. Starts nothing.

import type { Feature, Outcome } from './feature.ts'
import type { FeatureDeviation, NotOffered } from '../known/deviation.ts'

/** What is known of a feature with a client: it works, it differs in some case, or the client does not have it. */
export interface Cell {
  readonly mark: 'yes' | 'in part' | 'differs' | 'no'
  readonly reasons: readonly string[]
}

/** Judges a run. */
export class Judge {
  readonly #deviations: readonly FeatureDeviation[]
  readonly #notOffered: NotOffered
  readonly features: readonly Feature[]
  readonly #seen = new Map<string, Outcome[]>()
  readonly clients: string[] = []
  #passed = 0
  #failed = 0

  /** @param features those that every client of this run has to show */
  constructor(deviations: readonly FeatureDeviation[], notOffered: NotOffered, features: readonly Feature[]) {
    this.#deviations = deviations
    this.#notOffered = notOffered
    this.features = features
  }

  /** Takes all outcomes of a client, and prints its failures and its line. */
  judge(client: string, outcomes: readonly Outcome[]): void {
    this.clients.push(client)
    const before = [this.#passed, this.#failed] as const
    for (const outcome of outcomes) this.#one(client, outcome)
    for (const feature of this.features) {
      const isTried = this.#seen.has(keyOf(client, feature))
      const isOffered = this.#notOffered[client]?.[feature] === undefined
      if (isTried !== isOffered) this.#fail(`${client}  ${feature}`, isTried ? 'was tried although left out' : 'was not tried')
    }
    console.log(`features of ${client}: ${this.#passed - before[0]} passed, ${this.#failed - before[1]} failed`)
  }

  /**
   * Prints the count. Returns the exit code.
   * @param skipped clients that could not be tried
   */
  finish(skipped = 0): number {
    console.log(`${this.#passed} passed, ${this.#failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`)
    return this.#failed === 0 ? 0 : 1
  }

  cell(client: string, feature: Feature): Cell {
    const why = this.#notOffered[client]?.[feature]
    if (why !== undefined) return { mark: 'no', reasons: [why] }
    const outcomes = this.#seen.get(keyOf(client, feature)) ?? []
    const met = this.#deviations.filter((deviation) => deviation.client === client && deviation.feature === feature)
    const faults = outcomes.filter(({ fault }) => fault !== undefined).length
    const differs = met.some(({ isOccasional }) => isOccasional === true) || (faults > 0 && faults === outcomes.length)
    const mark = differs ? 'differs' : faults === 0 ? 'yes' : 'in part'
    return {
      mark,
      reasons: met.map(({ serializers, reason }) => (serializers === undefined ? reason : `${serializers.join(', ')}: ${reason}`)),
    }
  }

  #one(client: string, outcome: Outcome): void {
    const { feature, serializer, fault } = outcome
    const key = keyOf(client, feature)
    this.#seen.set(key, [...(this.#seen.get(key) ?? []), outcome])
    const known = this.#deviations.find(
      (row) => row.client === client && row.feature === feature && (row.serializers?.includes(serializer) ?? true),
    )
    const isAsKnown = fault === undefined ? known === undefined || known.isOccasional === true : known?.shows.test(fault) === true
    if (isAsKnown) this.#passed++
    else this.#fail(`${client} ${serializer}  ${feature}`, fault ?? `a known deviation that was not met: ${known?.reason ?? ''}`)
  }

  #fail(name: string, fault: string): void {
    this.#failed++
    console.log(`failed    ${name}: ${fault}`)
  }
}

function keyOf(client: string, feature: Feature): string {
  return `${client} ${feature}`
}
