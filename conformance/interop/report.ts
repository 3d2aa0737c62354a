// Counts outcomes and prints failures and deviations. Decides nothing.

import type { ValueDeviation } from './known/deviation.ts'

export class Report {
  #passed = 0
  #failed = 0
  #skipped = 0
  readonly #deviating = new Map<ValueDeviation, number>()
  #group = { passed: 0, failed: 0, deviating: 0 }

  /** The result of the case was as expected; `deviations` are those of the peers that the expectation includes. */
  pass(deviations: readonly ValueDeviation[] = []): void {
    this.#passed++
    this.#group.passed++
    if (deviations.length > 0) this.#group.deviating++
    for (const deviation of deviations) this.#deviating.set(deviation, (this.#deviating.get(deviation) ?? 0) + 1)
  }

  /** The case was left out because of a deviation. */
  skip(deviation: ValueDeviation): void {
    this.#skipped++
    this.#deviating.set(deviation, (this.#deviating.get(deviation) ?? 0) + 1)
  }

  fail(name: string, fault: string): void {
    this.#failed++
    this.#group.failed++
    console.log(`failed    ${name}: ${fault}`)
  }

  /** Ends a group of cases and prints its line. */
  endGroup(name: string, startedAt: number): void {
    const { passed, failed, deviating } = this.#group
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(`${name}: ${passed} passed (${deviating} with a known deviation), ${failed} failed, ${seconds} s`)
    this.#group = { passed: 0, failed: 0, deviating: 0 }
  }

  /** Prints the known deviations that were met, and as failures those that were not; the count last. Returns the exit code. */
  finish(table: readonly ValueDeviation[]): number {
    for (const deviation of table) {
      const count = this.#deviating.get(deviation)
      if (count === undefined) this.fail(`${deviation.client}: ${deviation.reason}`, 'a known deviation that was not met')
      else
        console.log(
          `${deviation.becomes === undefined ? 'left out ' : 'deviation'} ${String(count).padStart(4)} cases  ${deviation.client}: ${deviation.reason}`,
        )
    }
    console.log(`${this.#skipped} left out`)
    console.log(`${this.#passed} passed, ${this.#failed} failed`)
    return this.#failed === 0 ? 0 : 1
  }
}
