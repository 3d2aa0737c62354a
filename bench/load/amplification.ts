// Few octets that try to take much memory: how much the router takes for each octet that it receives, by kinds.

import type { Message, SerializerName } from '@trunkline/protocol'
import { messageFromArray } from '@trunkline/protocol'
import { Connection } from './connection.ts'
import type { Bench, LoadResult } from './measure.ts'
import { sleep, until } from './measure.ts'
import { openSessions, Session } from './session.ts'

const SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor']
const DICTS = 300_000
const PATIENCE_SECONDS = 30
const SETTLE_SECONDS = 0.2
/** Memory can be measured only to some MiB. */
const LEAST_OCTETS = 2_400_000
const NOTED = 4

/** Messages of one kind; `isBeforeLogin` sends it in place of HELLO. */
interface Kind {
  readonly name: string
  readonly isBeforeLogin: boolean
  readonly message: Message
}

/**
 * Each kind in each serializer, by `sessions` attackers at a time or more, while a bystander holds its session. Figure: growth of
 * the router's resident memory by an octet sent, of the worst kind.
 */
export async function amplification(bench: Bench): Promise<LoadResult> {
  const bystander = new Session(bench.context())
  await bystander.opened
  let worst = 0
  for (const serializer of SERIALIZERS) {
    for (const kind of kinds()) {
      const ratio = await attack(bench, serializer, kind)
      if (ratio > NOTED) bench.account.note(`${serializer}, ${kind.name}: ${ratio.toFixed(1)}`)
      worst = Math.max(worst, ratio)
    }
  }
  if (!bystander.isOpen) bench.account.error('the bystander lost its session')
  return bench.result(worst)
}

function kinds(): Kind[] {
  const dicts = Array.from({ length: DICTS }, () => EMPTY)
  const kind = (name: string, isBeforeLogin: boolean, ...list: unknown[]): Kind => ({
    name,
    isBeforeLogin,
    message: messageFromArray(list),
  })
  return [
    kind('HELLO', true, 1, 'realm1', { roles: { caller: {} }, authextra: { a: dicts } }),
    kind('short HELLO', true, 1, 'realm1', { roles: { caller: {} }, authextra: { a: dicts.slice(0, 20_000) } }),
    kind('options', false, 16, 1, { forward_for: dicts }, 'bench.topic'),
    kind('unknown options', false, 16, 1, { _a: dicts, acknowledge: true }, 'bench.topic'),
    kind('payload', false, 16, 1, { acknowledge: true }, 'bench.topic', [dicts]),
  ]
}

/** What one kind costs for each octet. */
async function attack(bench: Bench, serializer: SerializerName, { isBeforeLogin, message }: Kind): Promise<number> {
  const context = bench.context(serializer)
  const bytes = context.serializer.encode(message).slice()
  const count = Math.max(bench.options.sessions, Math.ceil(LEAST_OCTETS / bytes.length))
  const sessions = isBeforeLogin ? [] : await openSessions(context, count)
  await sleep(SETTLE_SECONDS)
  const before = (await bench.usage()).residentBytes
  let answered = 0
  const onAnswer = (): void => void answered++
  const attackers = isBeforeLogin ? Array.from({ length: count }, () => openAttacker(context, bytes, onAnswer)) : []
  for (const session of sessions) {
    session.onGone = onAnswer
    session.play(onAnswer)
    session.sendMessage(message)
  }
  if (!(await until(() => answered >= count, PATIENCE_SECONDS))) bench.account.error('an attacker was not answered')
  const after = (await bench.usage()).residentBytes
  for (const each of [...attackers, ...sessions]) each.end()
  bench.account.done += count
  return (after - before) / (count * bytes.length)
}

/** A connection whose first message is the given one. */
function openAttacker(context: ReturnType<Bench['context']>, bytes: Uint8Array, onAnswer: () => void): Connection {
  const connection: Connection = new Connection(
    context.target,
    context.serializer,
    { onOpen: () => connection.sendBytes(bytes), onMessage: onAnswer, onEnd: () => undefined },
    context.turn,
  )
  return connection
}

const EMPTY = {}
