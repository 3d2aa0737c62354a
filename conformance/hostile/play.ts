// Plays one case: opens its connections, does its steps, and returns what differed from the expected. Never checks the router's health.

import type { Actor, Case, Expectation, Step } from './case.ts'
import { filled, octetsOf, withTransport } from './case.ts'
import type { Addresses, Arrival } from './peer.ts'
import { Peer } from './peer.ts'

/** The router against which cases are played. */
export interface Stage {
  readonly addresses: Addresses
  /** The values of the bystander, by placeholder. */
  readonly names: ReadonlyMap<string, unknown>
  /** Called for each connection with the address that the router sees, before anything odd is sent on it. */
  readonly onOpen: (peer: string) => void
}

/**
 * Plays a case.
 * @param number fills `$n`
 * @returns what went wrong; undefined when everything came as expected
 */
export async function play(each: Case, stage: Stage, number: number): Promise<string | undefined> {
  const game = new Game(stage, number)
  try {
    return await game.play(each)
  } catch (error) {
    return String(error)
  } finally {
    game.end()
  }
}

/** What `$blob` stands for: payload that fills buffers. */
const BLOB = 'x'.repeat(16_000)

class Game {
  readonly #stage: Stage
  readonly #names: Map<string, unknown>
  readonly #actors = new Map<string, Peer>()

  constructor(stage: Stage, number: number) {
    this.#stage = stage
    this.#names = new Map([...stage.names, ['n', number], ['blob', BLOB]])
  }

  /** @returns what went wrong */
  async play(each: Case): Promise<string | undefined> {
    for (const [name, actor] of Object.entries(each.others ?? {})) await this.#open(name, actor)
    await this.#open('main', each)
    for (const [index, step] of each.steps.entries()) {
      const fault = await this.#step(step)
      if (fault !== undefined) return `step ${index + 1}: ${fault}`
    }
    const more = each.alone === true ? undefined : this.#actors.get('main')?.pending()
    return more === undefined ? undefined : `after all that was expected came ${shown(more)}`
  }

  end(): void {
    for (const peer of this.#actors.values()) peer.destroy()
  }

  async #open(name: string, actor: Actor): Promise<void> {
    const peer = await Peer.open(this.#stage.addresses, actor)
    this.#stage.onOpen(peer.name)
    this.#actors.set(name, peer)
    if (peer.session !== undefined) this.#names.set(name, peer.session)
  }

  async #step(step: Step): Promise<string | undefined> {
    const peer = this.#actors.get(step.as ?? 'main')
    if (peer === undefined) throw new Error(`no actor ${step.as}`)
    if (step.pause === true) peer.pause()
    for (let i = 1; i <= (step.times ?? 1); i++) this.#send(peer, step, i)
    return step.expect === undefined ? undefined : this.#expect(peer, filled(step.expect, this.#names) as Expectation)
  }

  #send(peer: Peer, step: Step, i: number): void {
    if (step.octets !== undefined) peer.write(octetsOf(withTransport(step.octets, this.#transport)))
    if (step.message !== undefined) peer.message(octetsOf(step.message), step.kind)
    if (step.send === undefined) return
    this.#names.set('next', peer.nextRequest)
    this.#names.set('i', i)
    peer.send(filled(step.send, this.#names) as unknown[])
  }

  async #expect(peer: Peer, expectation: Expectation): Promise<string | undefined> {
    if (expectation === 'ignored') return this.#probe(peer)
    const arrival = await peer.next()
    const alternatives = typeof expectation === 'object' && 'any' in expectation ? expectation.any : [expectation]
    const found = alternatives.find((each) => fits(each, arrival, peer))
    if (found === undefined) return `expected ${shown(expectation)}, got ${shown(arrival)}`
    this.#learn(arrival)
    if (typeof found === 'string' && found.startsWith('ABORT ')) {
      const last = await peer.next()
      if (!('closed' in last)) return `the connection is not closed after ABORT; got ${shown(last)}`
    }
    return undefined
  }

  /** There was no answer to what was sent, if the answer to another request comes next. */
  async #probe(peer: Peer): Promise<string | undefined> {
    const isOpen = peer.session !== undefined
    if (isOpen) peer.send([48, peer.nextRequest, {}, 'com.nobody.offers.this'])
    else peer.send([1, 'open', { roles: { caller: {} } }])
    const answer = isOpen ? 'ERROR wamp.error.no_such_procedure|wamp.error.not_authorized' : [2, '*', '*']
    const arrival = await peer.next()
    return fits(answer, arrival, peer) ? undefined : `expected nothing, got ${shown(arrival)}`
  }

  /** The long-poll connection of the case, whichever of its actors opened it. */
  get #transport(): string | undefined {
    return [...this.#actors.values()].find(({ transport }) => transport !== undefined)?.transport
  }

  #learn(arrival: Arrival): void {
    if (!('message' in arrival)) return
    const [type, first, second] = arrival.message
    if (type === 33) this.#names.set('subscription', second)
    if (type === 65) this.#names.set('registration', second)
    if (type === 68) this.#names.set('invocation', first)
  }
}

/** Whether what came satisfies one expectation. */
function fits(expectation: string | readonly unknown[], arrival: Arrival, peer: Peer): boolean {
  if (typeof expectation !== 'string') return 'message' in arrival && same(expectation, arrival.message)
  const [word = '', wanted] = expectation.split(' ')
  switch (word) {
    case 'ABORT':
      return 'message' in arrival && arrival.message[0] === 3 && isOneOf(arrival.message[2], wanted)
    case 'ERROR': {
      if (!('message' in arrival)) return false
      const [type, requestType, request, , uri] = arrival.message
      return type === 8 && requestType === peer.lastRequest[0] && request === peer.lastRequest[1] && isOneOf(uri, wanted)
    }
    case 'close':
      return 'closed' in arrival && (wanted === undefined || String(arrival.closed) === wanted)
    case 'status':
      return 'status' in arrival && isOneOf(String(arrival.status), wanted)
    case 'octets':
      return 'octets' in arrival && arrival.octets === wanted
    case 'pong':
      return 'pong' in arrival && arrival.pong === (wanted ?? '')
    default:
      throw new Error(`no such expectation: ${expectation}`)
  }
}

function isOneOf(value: unknown, wanted: string | undefined): boolean {
  return wanted === undefined || wanted.split('|').includes(String(value))
}

/** Whether a value matches a pattern. */
function same(pattern: unknown, value: unknown): boolean {
  if (pattern === '*' || Object.is(pattern, value)) return true
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.length === value.length && pattern.every((each, i) => same(each, value[i]))
  }
  if (typeof pattern !== 'object' || pattern === null || typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const dict = value as Record<string, unknown>
  const keys = Object.keys(pattern).filter((key) => key !== '...')
  const mayHaveMore = Object.hasOwn(pattern, '...')
  if (!mayHaveMore && keys.length !== Object.keys(dict).length) return false
  return keys.every((key) => Object.hasOwn(dict, key) && same((pattern as Record<string, unknown>)[key], dict[key]))
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each)) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
