// How many questions of one owner a procedure has at a time: as many as it answers about as soon as few. One that answers question after
// question would keep all others waiting behind those of an owner with many. Knows no questions.

/** Before the first answer. */
const FIRST = 4
/** One that is never answered must not keep the next ones of its owner waiting. */
const LEAST = 2
const MOST = 64
/** An answer that took longer than the quickest ones came late: others were before it. */
const FACTOR = 2
/** An answer within this time counts as prompt. */
const UNNOTICED_MS = 25
const PERIOD_MS = 10_000

/** How soon a procedure has answered lately. */
export class AnswerPace {
  #quickest = Number.POSITIVE_INFINITY
  #quickestBefore = Number.POSITIVE_INFINITY
  #periodEnd = Number.NEGATIVE_INFINITY

  /** Whether an answer came about as soon as the quickest of the last seconds. */
  isPrompt(tookMs: number, now: number): boolean {
    if (now >= this.#periodEnd) {
      this.#quickestBefore = this.#quickest
      this.#quickest = Number.POSITIVE_INFINITY
      this.#periodEnd = now + PERIOD_MS
    }
    this.#quickest = Math.min(this.#quickest, tookMs)
    return tookMs <= Math.max(UNNOTICED_MS, FACTOR * Math.min(this.#quickest, this.#quickestBefore))
  }
}

/** How many questions of one owner may be open. */
export class AskedAtOnce {
  most = FIRST

  /** One was answered, or its time is over. */
  note(isPrompt: boolean): void {
    this.most = isPrompt ? Math.min(MOST, this.most + 1) : Math.max(LEAST, this.most >> 1)
  }
}
