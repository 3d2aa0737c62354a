// What happens to clients that skip request ids, under each rule for request ids: the reason for the default of the router.

import type { End, RemoteSession } from './pair.ts'
import { textOf } from './pair.ts'
import type { RequestIdRule } from '@trunkline/protocol'
import type { Report } from './report.ts'
import { CommandFailure } from './driver.ts'

type Outcome = 'goes on' | 'ends'

interface Experiment {
  readonly end: End
  readonly what: string
  readonly op: 'failToSend' | 'callLongThenShort' | 'cutAndComeBack'
  readonly becomes: Readonly<Record<RequestIdRule, Outcome>>
}

const ALWAYS: Experiment['becomes'] = { strict: 'goes on', increasing: 'goes on', tolerant: 'goes on' }
const NOT_STRICT: Experiment['becomes'] = { strict: 'ends', increasing: 'goes on', tolerant: 'goes on' }

const FAILED_SEND = 'a call that could not be sent, then another'
const LONG_SHORT = 'a long call and a short one in one turn'
const EXPERIMENTS: readonly Experiment[] = [
  { end: over('ours', 'json'), what: FAILED_SEND, op: 'failToSend', becomes: ALWAYS },
  { end: over('ours', 'cbor'), what: LONG_SHORT, op: 'callLongThenShort', becomes: ALWAYS },
  { end: over('autobahn-js', 'json'), what: FAILED_SEND, op: 'failToSend', becomes: NOT_STRICT },
  { end: over('autobahn-js', 'json'), what: LONG_SHORT, op: 'callLongThenShort', becomes: ALWAYS },
  { end: over('autobahn-js', 'msgpack'), what: LONG_SHORT, op: 'callLongThenShort', becomes: ALWAYS },
  { end: over('autobahn-js', 'cbor'), what: LONG_SHORT, op: 'callLongThenShort', becomes: ALWAYS },
  { end: over('wampy', 'json'), what: FAILED_SEND, op: 'failToSend', becomes: NOT_STRICT },
  { end: over('wampy', 'cbor'), what: LONG_SHORT, op: 'callLongThenShort', becomes: ALWAYS },
  { end: over('wampy', 'json'), what: 'its own reconnect after a lost connection', op: 'cutAndComeBack', becomes: NOT_STRICT },
  { end: over('autobahn-python', 'json'), what: FAILED_SEND, op: 'failToSend', becomes: NOT_STRICT },
  { end: over('autobahn-python', 'cbor'), what: LONG_SHORT, op: 'callLongThenShort', becomes: ALWAYS },
]
const RULES: readonly RequestIdRule[] = ['strict', 'increasing', 'tolerant']
const MISSING = 'com.interop.missing'

/**
 * Runs the experiments of the clients there.
 * @param connect opens a session in a realm
 */
export async function runRequestIds(
  has: (client: string) => boolean,
  connect: (end: End, realm: string) => Promise<RemoteSession>,
  report: Report,
): Promise<void> {
  for (const experiment of EXPERIMENTS) {
    // The watcher is a session of ours.
    if (!has(experiment.end.client) || !has('ours')) continue
    for (const rule of RULES) {
      const name = `request ids ${rule}: ${experiment.end.client} ${experiment.end.serializer}, ${experiment.what}`
      const outcome = await outcomeOf(experiment, `ids.${rule}`, connect).catch(textOf)
      if (outcome === experiment.becomes[rule]) report.pass()
      else report.fail(name, `the session ${outcome} instead of ${experiment.becomes[rule]}`)
    }
  }
}

async function outcomeOf(
  { end, op }: Experiment,
  realm: string,
  connect: (end: End, realm: string) => Promise<RemoteSession>,
): Promise<Outcome> {
  const watcher = await connect(over('ours', 'json'), realm)
  const client = await connect(end, realm)
  await client.do({ op: 'registerEcho', uri: 'com.interop.echo' })
  // Some clients never settle requests that the router's ABORT ended, so the router is asked.
  const deed = client.do(op === 'callLongThenShort' ? { op, uri: 'com.interop.echo' } : { op })
  deed.catch(() => undefined)
  if (op === 'cutAndComeBack')
    return close(
      await deed.then<Outcome, Outcome>(
        () => 'goes on',
        () => 'ends',
      ),
      watcher,
      client,
    )
  const next = client.do({ op: 'call', uri: MISSING, values: { args: [], kwargs: {} } })
  const isAnswered = next.then<Outcome, Outcome>(
    () => 'goes on',
    (error: unknown) => (error instanceof CommandFailure && error.failure.uri !== undefined ? 'goes on' : 'ends'),
  )
  return close(await Promise.race([isAnswered, untilGone(watcher, client.id)]), watcher, client)
}

async function untilGone(watcher: RemoteSession, id: number): Promise<Outcome> {
  try {
    for (;;) await watcher.do({ op: 'call', uri: 'wamp.session.get', values: { args: [id], kwargs: {} } })
  } catch {
    return 'ends'
  }
}

async function close(outcome: Outcome, watcher: RemoteSession, client: RemoteSession): Promise<Outcome> {
  await watcher.do({ op: 'close' })
  if (outcome === 'goes on') await client.do({ op: 'close' })
  return outcome
}

function over(client: string, serializer: string): End {
  return { client, serializer, transport: 'websocket' }
}
