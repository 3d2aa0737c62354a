// Which realms other nodes serve by other settings than this one, by digests of them. A difference that lasts is reported once, and so is
// its end. Pure: time comes in.

/** During a reload of all workers or nodes one applies the settings before another: that is not worth a line of the log. */
const LASTING_MS = 5_000

/** What is reported of differences. */
export interface SettingsReports {
  /** Another node serves a realm by other settings. */
  readonly differ: (node: string, realm: string) => void
  /** A node of which that was reported has the same settings again. */
  readonly agree: (node: string, realm: string) => void
}

interface Difference {
  readonly since: number
  isReported: boolean
}

export class SettingsWatch {
  readonly #now: () => number
  readonly #reports: SettingsReports
  readonly #own = new Map<string, string>()
  /** By node and realm. */
  readonly #others = new Map<string, Map<string, string>>()
  readonly #differences = new Map<string, Map<string, Difference>>()

  constructor(now: () => number, reports: SettingsReports) {
    this.#now = now
    this.#reports = reports
  }

  /** @param digest undefined: this node serves the realm no more */
  own(realm: string, digest: string | undefined): void {
    if (digest === undefined || digest === '') this.#own.delete(realm)
    else this.#own.set(realm, digest)
    for (const node of this.#others.keys()) this.#compare(node, realm)
  }

  /** What this node says of its own settings. */
  digestOf(realm: string): string | undefined {
    return this.#own.get(realm)
  }

  /** @param digest empty: the node serves the realm no more */
  heard(node: string, realm: string, digest: string): void {
    const realms = this.#others.get(node) ?? new Map<string, string>()
    this.#others.set(node, realms)
    if (digest === '') realms.delete(realm)
    else realms.set(realm, digest)
    this.#compare(node, realm)
  }

  /** There is no link to a node any more. */
  forget(node: string): void {
    this.#others.delete(node)
    this.#differences.delete(node)
  }

  /** The realms that a node serves by other settings. */
  differing(node: string): string[] {
    return [...(this.#differences.get(node)?.keys() ?? [])].toSorted()
  }

  /** Reports what has lasted. Called about once a second. */
  tick(): void {
    const until = this.#now() - LASTING_MS
    for (const [node, realms] of this.#differences) {
      for (const [realm, difference] of realms) {
        if (difference.isReported || difference.since > until) continue
        difference.isReported = true
        this.#reports.differ(node, realm)
      }
    }
  }

  #compare(node: string, realm: string): void {
    const [own, other] = [this.#own.get(realm), this.#others.get(node)?.get(realm)]
    const isOther = own !== undefined && other !== undefined && own !== other
    const known = this.#differences.get(node)?.get(realm)
    if (isOther === (known !== undefined)) return
    if (isOther) {
      const realms = this.#differences.get(node) ?? new Map<string, Difference>()
      this.#differences.set(node, realms.set(realm, { since: this.#now(), isReported: false }))
      return
    }
    this.#differences.get(node)?.delete(realm)
    if (known?.isReported === true) this.#reports.agree(node, realm)
  }
}
