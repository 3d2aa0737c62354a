// The looks of operators at what this process routes that a worker asks for again and again: each answer has what was seen since the last.
// A look for which no question comes any more ends by itself.

import type { Router } from '@trunkline/router'
import type { GraphWish, Picture } from '../graph.ts'
import { Graph } from '../graph.ts'
import type { ShownPayload } from '../shown-payload.ts'
import type { TailPart, TailWish } from '../tail.ts'
import { Tail } from '../tail.ts'
import type { TrafficLine } from '../traffic-line.ts'
import type { Look, Traffic } from '../traffic.ts'
import type { LookWish } from './questions.ts'

/** A picture is asked for once a minute at least. */
const LONGEST_PAUSE_MS = 90_000
const LOOK_MS = 5_000
/** Lines that wait for the next question: what a second may have. */
const MOST_LINES = 2_000

interface PolledLook {
  readonly take: () => TailPart | Picture
  readonly end: () => void
  askedAt: number
}

export class PolledLooks {
  readonly #router: Pick<Router, 'realm'>
  readonly #traffic: Traffic
  readonly #looks = new Map<string, PolledLook>()
  #timer: NodeJS.Timeout | undefined

  constructor(router: Pick<Router, 'realm'>, traffic: Traffic) {
    this.#router = router
    this.#traffic = traffic
  }

  /** @throws {ApplicationError} when too many look */
  tail(wanted: LookWish<TailWish>, payload: (() => ShownPayload) | undefined): TailPart {
    return this.#take(wanted, () => {
      let [lines, skipped]: [TrafficLine[], number] = [[], 0]
      const reader = {
        hasRoom: () => lines.length < MOST_LINES,
        send: (part: TailPart) => {
          lines.push(...part.lines)
          skipped += part.skipped
        },
      }
      const look = new Tail(wanted.wish, reader, payload)
      const take = (): TailPart => {
        look.flush()
        const part = { lines, skipped }
        ;[lines, skipped] = [[], 0]
        return part
      }
      return { look, take }
    }) as TailPart
  }

  /** @throws {ApplicationError} when too many look */
  graph(wanted: LookWish<GraphWish>): Picture {
    return this.#take(wanted, () => {
      const look = new Graph(wanted.wish, undefined, this.#router)
      return { look, take: () => look.take() }
    }) as Picture
  }

  end(key: string): void {
    this.#looks.get(key)?.end()
    this.#looks.delete(key)
    if (this.#looks.size === 0) this.stop()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const { end } of this.#looks.values()) end()
    this.#looks.clear()
  }

  #take(
    { key, session }: Omit<LookWish<unknown>, 'wish'>,
    begin: () => { readonly look: Look; readonly take: () => TailPart | Picture },
  ): TailPart | Picture {
    const askedAt = performance.now()
    const known = this.#looks.get(key)
    if (known !== undefined) known.askedAt = askedAt
    return (known ?? this.#begin({ key, session }, begin(), askedAt)).take()
  }

  #begin(
    { key, session }: { readonly key: string; readonly session: number },
    { look, take }: { readonly look: Look; readonly take: () => TailPart | Picture },
    askedAt: number,
  ): PolledLook {
    const polled = { take, end: this.#traffic.add(look, session), askedAt }
    this.#looks.set(key, polled)
    this.#timer ??= setInterval(() => this.#endForgotten(), LOOK_MS).unref()
    return polled
  }

  #endForgotten(): void {
    const now = performance.now()
    for (const [key, { askedAt }] of this.#looks) if (now - askedAt > LONGEST_PAUSE_MS) this.end(key)
  }
}
