// The process of a JavaScript peer: `tsx peer.ts NAME`. Takes commands from stdin, one line of JSON each, and answers on
// stdout. Knows no test case.

import { Console } from 'node:console'
import { createInterface } from 'node:readline'

import type { PairedClient, PairedSession, Values } from './clients/client.ts'
import { PeerError } from './clients/client.ts'
import { CLIENTS } from './clients/clients.ts'
import type { Command, NeutralValues } from './protocol.ts'
import type { Neutral } from './value.ts'
import { fromNeutral, toNeutral } from './value.ts'

// Output of libraries must not disturb the answers.
globalThis.console = new Console(process.stderr)
// Autobahn|JS leaves failures of sending unhandled.
process.on('unhandledRejection', (reason) => process.stderr.write(`peer: ${String(reason)}\n`))

class PeerProcess {
  readonly #client: PairedClient
  readonly #sessions = new Map<string, PairedSession>()
  /** The arguments of calls of procedures, and the events of topics. */
  readonly #seen = new Map<string, NeutralValues[]>()
  readonly #waiting = new Map<string, () => void>()
  readonly #sequences = new Map<string, { next: number; fault: string | null; count: number }>()

  constructor(client: PairedClient) {
    this.#client = client
  }

  async run(command: Command): Promise<unknown> {
    if (command.op === 'join') {
      const session = await this.#client.join({ ...command, comesBack: true })
      this.#sessions.set(command.session, session)
      return { id: session.id }
    }
    const session = this.#sessions.get(command.session)
    if (session === undefined) throw new Error(`no session ${command.session}`)
    return this.#runIn(session, command)
  }

  #runIn(session: PairedSession, command: Exclude<Command, { op: 'join' }>): unknown {
    switch (command.op) {
      case 'registerEcho':
        return session.register(command.uri, (values) => this.#answer(command.uri, values))
      case 'registerFailing':
        return session.register(command.uri, () => {
          throw new PeerError(command.error, this.#values(command.values))
        })
      case 'unregister':
        return session.unregister(command.uri)
      case 'call':
        return session.call(command.uri, this.#values(command.values)).result.then(neutral)
      case 'collect':
        return session.subscribe(command.uri, (values) => this.#note(command.uri, values))
      case 'subscribeSequence':
        return session.subscribe(command.uri, (values) => this.#noteSequence(command.uri, values))
      case 'unsubscribe':
        return session.unsubscribe(command.uri)
      case 'publish':
        return session.publish(command.uri, this.#values(command.values), command.options)
      case 'publishMany':
        return session.publishMany(command.uri, command.count)
      case 'seen':
        return this.#take(command.uri, command.count)
      case 'sequence':
        return this.#takeSequence(command.uri, command.count)
      case 'failToSend':
        return session.failToSend()
      case 'callLongThenShort':
        return session.callLongThenShort(command.uri)
      case 'cutAndComeBack':
        return session.cutAndComeBack?.()
      case 'close':
        this.#sessions.delete(command.session)
        return session.close()
    }
  }

  #values({ args, kwargs }: NeutralValues): Values {
    const { bytes } = this.#client
    return { args: args.map((item) => fromNeutral(item, bytes)), kwargs: fromNeutral(kwargs, bytes) as Record<string, unknown> }
  }

  #answer(uri: string, values: Values): Values {
    this.#note(uri, values)
    return values
  }

  #note(uri: string, values: Values): void {
    const seen = this.#seen.get(uri) ?? []
    this.#seen.set(uri, seen)
    seen.push(neutral(values))
    this.#waiting.get(uri)?.()
  }

  /** All that was seen since the last question, as soon as there is as much as requested. */
  async #take(uri: string, count: number): Promise<readonly NeutralValues[]> {
    await this.#until(uri, () => (this.#seen.get(uri)?.length ?? 0) >= count)
    const seen = this.#seen.get(uri) ?? []
    this.#seen.delete(uri)
    return seen
  }

  #noteSequence(uri: string, { args }: Values): void {
    const sequence = this.#sequences.get(uri) ?? { next: 0, fault: null, count: 0 }
    this.#sequences.set(uri, sequence)
    if (args[0] !== sequence.next) sequence.fault ??= `${String(args[0])} came where ${sequence.next} was expected`
    sequence.next++
    sequence.count++
    this.#waiting.get(uri)?.()
  }

  async #takeSequence(uri: string, count: number): Promise<Neutral> {
    await this.#until(uri, () => (this.#sequences.get(uri)?.count ?? 0) >= count)
    const { fault = null, count: came = 0 } = this.#sequences.get(uri) ?? {}
    return { fault, count: came }
  }

  #until(uri: string, isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isReached()) return
        this.#waiting.delete(uri)
        resolve()
      }
      this.#waiting.set(uri, look)
      look()
    })
  }
}

function neutral({ args, kwargs }: Values): NeutralValues {
  return { args: args.map(toNeutral), kwargs: toNeutral({ ...kwargs }) as NeutralValues['kwargs'] }
}

function failureOf(error: unknown): object {
  if (error instanceof PeerError) return { uri: error.uri, values: neutral(error.values) }
  return { text: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
}

const client = CLIENTS[process.argv[2] ?? '']
if (client === undefined) throw new Error(`no peer ${process.argv[2] ?? ''}`)
const host = new PeerProcess(client)
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const { number, command } = JSON.parse(line) as { number: number; command: Command }
  const reply = (answer: object): void => void process.stdout.write(`${JSON.stringify({ number, ...answer })}\n`)
  host.run(command).then(
    (value) => reply({ value: value ?? null }),
    (error: unknown) => reply({ failure: failureOf(error) }),
  )
})
lines.on('close', () => process.exit())
