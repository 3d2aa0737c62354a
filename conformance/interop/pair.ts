// All cases of one combination: A calls and publishes, B answers and subscribes. Knows no library.

import { CommandFailure, NoAnswer } from './driver.ts'
import type { PeerDriver } from './driver.ts'
import { ERROR_URI, ERROR_VALUES, SEQUENCE_LENGTH, VALUES } from './cases.ts'
import { asHandedOut } from './known/changes.ts'
import type { Step, ValueDeviation } from './known/deviation.ts'
import { VALUE_DEVIATIONS } from './known/deviations.ts'
import type { Command, NeutralValues } from './protocol.ts'
import type { Report } from './report.ts'
import type { Neutral } from './value.ts'
import { canonical, fromNeutral, toNeutral } from './value.ts'

/** A command without the session, which is the client's. */
type SessionCommand = Command extends infer C ? (C extends Command ? Omit<C, 'session'> : never) : never

/** One end of a pair. */
export interface End {
  readonly client: string
  readonly serializer: string
  readonly transport: 'websocket' | 'rawsocket'
}

/** A session of a client in its process. */
export class RemoteSession {
  readonly end: End
  readonly id: number
  readonly #driver: PeerDriver
  readonly #name: string

  constructor(end: End, driver: PeerDriver, name: string, id: number) {
    this.end = end
    this.#driver = driver
    this.#name = name
    this.id = id
  }

  /**
   * Makes the peer carry out a command and resolves to its answer.
   * @throws {CommandFailure} (rejects) when it failed; {@link NoAnswer} when none came
   */
  do(command: SessionCommand): Promise<unknown> {
    return this.#driver.send({ ...command, session: this.#name })
  }

  /** All that came for a procedure or topic since the last call, as soon as there are `count`. */
  async seen(uri: string, count: number): Promise<readonly NeutralValues[]> {
    return (await this.do({ op: 'seen', uri, count })) as readonly NeutralValues[]
  }
}

const NOTHING: NeutralValues = { args: [], kwargs: {} }

/** The cases of one combination. */
export class PairRun {
  readonly #a: RemoteSession
  readonly #b: RemoteSession
  readonly #report: Report
  readonly #name: string
  readonly #procedure: string
  readonly #topic: string

  /** @param number of the combination, unique in the run */
  constructor(a: RemoteSession, b: RemoteSession, report: Report, number: number) {
    this.#a = a
    this.#b = b
    this.#report = report
    this.#name = `${nameOf(a.end)} -> ${nameOf(b.end)}`
    this.#procedure = `com.interop.procedure.n${number}`
    this.#topic = `com.interop.topic.n${number}`
  }

  /** @param withSequence also sends the many events in order */
  async run(withSequence: boolean): Promise<void> {
    if (!(await this.#case('register and subscribe', () => this.#open()))) return
    for (const [name, values] of Object.entries(VALUES)) {
      await this.#case(`call, ${name}`, () => this.#call(name, values))
      await this.#case(`event, ${name}`, () => this.#event(name, values))
    }
    await this.#case('error with args and kwargs', () => this.#error())
    await this.#case('missing procedure', () => this.#missing(`${this.#procedure}.missing`))
    await this.#case('eligible by session id', () => this.#eligible())
    if (withSequence) await this.#case(`${SEQUENCE_LENGTH} events in order`, () => this.#sequence())
    await this.#case('unregister', () => this.#unregister())
    await this.#case('unsubscribe', () => this.#unsubscribe())
  }

  /** A case returns the deviations that it expected, or throws an error for what is wrong. */
  async #case(name: string, run: () => Promise<readonly ValueDeviation[] | void>): Promise<boolean> {
    try {
      const deviations = (await run()) ?? []
      const closing = deviations.find(({ becomes }) => becomes === undefined)
      if (closing === undefined) this.#report.pass(deviations)
      else this.#report.skip(closing)
      return true
    } catch (error) {
      this.#report.fail(`${this.#name}  ${name}`, textOf(error))
      // A peer that does not answer will not answer the other cases either.
      if (error instanceof NoAnswer) throw error
      return false
    }
  }

  async #open(): Promise<void> {
    await this.#b.do({ op: 'registerEcho', uri: this.#procedure })
    await this.#b.do({ op: 'collect', uri: this.#topic })
  }

  async #call(name: string, values: NeutralValues): Promise<readonly ValueDeviation[]> {
    const way = new Path(name, values).step(this.#a.end, 'sends arguments').step(this.#b.end, 'receives arguments')
    const wayBack = way.copy().step(this.#b.end, 'sends result').step(this.#a.end, 'receives result')
    if (wayBack.isClosed) return wayBack.deviations
    const outcome = await settled(this.#a.do({ op: 'call', uri: this.#procedure, values }))
    expectValues('the callee', await this.#b.seen(this.#procedure, 0), [way.values], outcome)
    expectValues('the caller', outcome.error === undefined ? [outcome.value as NeutralValues] : [], [wayBack.values], outcome)
    return wayBack.deviations
  }

  async #event(name: string, values: NeutralValues): Promise<readonly ValueDeviation[]> {
    const path = new Path(name, values).step(this.#a.end, 'sends event').step(this.#b.end, 'receives event')
    if (path.isClosed) return path.deviations
    await this.#a.do({ op: 'publish', uri: this.#topic, values })
    expectValues('the subscriber', await this.#b.seen(this.#topic, 1), [path.values], {})
    return path.deviations
  }

  async #error(): Promise<readonly ValueDeviation[]> {
    const uri = `${this.#procedure}.failing`
    await this.#b.do({ op: 'registerFailing', uri, error: ERROR_URI, values: ERROR_VALUES })
    const path = new Path('error', ERROR_VALUES).step(this.#b.end, 'sends result').step(this.#a.end, 'receives result')
    const { error } = await settled(this.#a.do({ op: 'call', uri, values: NOTHING }))
    if (!(error instanceof CommandFailure) || error.failure.uri !== ERROR_URI) throw new Error(`the caller got ${textOf(error)}`)
    expectValues('the caller', [error.failure.values ?? NOTHING], [path.values], {})
    await this.#b.do({ op: 'unregister', uri })
    return path.deviations
  }

  async #missing(uri: string): Promise<void> {
    const { error } = await settled(this.#a.do({ op: 'call', uri, values: NOTHING }))
    if (!(error instanceof CommandFailure) || error.failure.uri !== 'wamp.error.no_such_procedure') {
      throw new Error(`the caller got ${textOf(error)}`)
    }
  }

  async #eligible(): Promise<void> {
    const publish = (id: number, text: string): Promise<unknown> =>
      this.#a.do({ op: 'publish', uri: this.#topic, values: { args: [text], kwargs: {} }, options: { eligible: [id] } })
    await publish(this.#a.id, 'not for the subscriber')
    await publish(this.#b.id, 'for the subscriber')
    expectValues('the subscriber', await this.#b.seen(this.#topic, 1), [{ args: ['for the subscriber'], kwargs: {} }], {})
  }

  async #sequence(): Promise<void> {
    const uri = `${this.#topic}.sequence`
    await this.#b.do({ op: 'subscribeSequence', uri })
    await this.#a.do({ op: 'publishMany', uri, count: SEQUENCE_LENGTH })
    const sequence = (await this.#b.do({ op: 'sequence', uri, count: SEQUENCE_LENGTH })) as {
      readonly count: number
      readonly fault: string | null
    }
    if (sequence.fault !== null || sequence.count !== SEQUENCE_LENGTH) throw new Error(JSON.stringify(sequence))
    await this.#b.do({ op: 'unsubscribe', uri })
  }

  async #unregister(): Promise<void> {
    await this.#b.do({ op: 'unregister', uri: this.#procedure })
    await this.#missing(this.#procedure)
    expectValues('the callee', await this.#b.seen(this.#procedure, 0), [], {})
  }

  /** Messages of a session stay in order: what the router sent before B's answer has come when the answer has come. */
  async #unsubscribe(): Promise<void> {
    await this.#b.do({ op: 'unsubscribe', uri: this.#topic })
    await this.#a.do({ op: 'publish', uri: this.#topic, values: NOTHING })
    await settled(this.#b.do({ op: 'call', uri: `${this.#procedure}.missing`, values: NOTHING }))
    expectValues('the subscriber', await this.#b.seen(this.#topic, 0), [], {})
  }
}

/** The values as they arrive, with the deviations met. */
class Path {
  readonly deviations: ValueDeviation[]
  readonly #case: string
  #values: NeutralValues

  constructor(name: string, values: NeutralValues, deviations: readonly ValueDeviation[] = []) {
    this.#case = name
    this.#values = values
    this.deviations = [...deviations]
  }

  copy(): Path {
    return new Path(this.#case, this.#values, this.deviations)
  }

  /** Whether one of the clients would not survive the values. */
  get isClosed(): boolean {
    return this.deviations.some(({ becomes }) => becomes === undefined)
  }

  get values(): NeutralValues {
    return this.#values
  }

  step(end: End, step: Step): this {
    for (const deviation of VALUE_DEVIATIONS) {
      if (deviation.client !== end.client || !deviation.steps.includes(step) || !deviation.cases.test(this.#case)) continue
      if (deviation.serializers !== undefined && !deviation.serializers.includes(end.serializer)) continue
      const values = deviation.becomes?.(this.#values)
      if (values !== undefined && textOfValues(values) === textOfValues(this.#values)) continue
      this.deviations.push(deviation)
      this.#values = values ?? this.#values
    }
    if (step.startsWith('receives')) this.#values = asHandedOut(end.client, this.#values)
    return this
  }
}

interface Outcome {
  readonly value?: unknown
  readonly error?: unknown
}

async function settled(answer: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await answer }
  } catch (error) {
    return { error }
  }
}

function expectValues(who: string, actual: readonly NeutralValues[], expected: readonly NeutralValues[], outcome: Outcome): void {
  const isText = actual.map(textOfValues).join(' ')
  const shouldBe = expected.map((values) => textOfValues(asReported(values))).join(' ')
  if (isText === shouldBe) return
  const cause = outcome.error === undefined ? '' : ` (${textOf(outcome.error)})`
  throw new Error(`${who} got ${isText || 'nothing'} instead of ${shouldBe || 'nothing'}${cause}`)
}

/** The form in which a peer reports what it got: long values as digests. */
function asReported({ args, kwargs }: NeutralValues): NeutralValues {
  const report = (value: Neutral): Neutral => (isTag(value) ? value : toNeutral(fromNeutral(value, (octets) => octets)))
  return { args: args.map(report), kwargs: report(kwargs) as NeutralValues['kwargs'] }
}

/** Tags that only reports have. */
function isTag(value: Neutral): boolean {
  return typeof value === 'object' && value !== null && ['$other', '$float', '$number', '$bigint'].some((tag) => tag in value)
}

function textOfValues({ args, kwargs }: NeutralValues): string {
  return `${canonical(args)}${canonical(kwargs)}`
}

/** For a line of the report. */
export function textOf(error: unknown): string {
  if (!(error instanceof CommandFailure)) return error instanceof Error ? error.message : String(error)
  const { uri, values, text } = error.failure
  return uri === undefined ? (text ?? '') : `${uri} ${values === undefined ? '' : textOfValues(values)}`
}

function nameOf({ client, serializer, transport }: End): string {
  return `${client} ${transport === 'rawsocket' ? 'rs/' : ''}${serializer}`
}
