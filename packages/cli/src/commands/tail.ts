// `trunkline tail`: the traffic of a running router as it happens, a line for each call, publication or change.

import type { Client } from '@trunkline/client'
import { DisconnectedError } from '@trunkline/client'
import type { Command } from 'commander'
import type { ShownTail } from '../admin/looking.ts'
import type { TailWish } from '../admin/tail.ts'
import type { TrafficKind } from '../admin/traffic-kinds.ts'
import { TRAFFIC_KINDS } from '../admin/traffic-kinds.ts'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions, duration, matchOption, oneOf, positiveInteger, reportReady } from '../client-session.ts'
import { untilStopped, withLastingClient } from '../lasting-client.ts'
import type { Terminal } from '../terminal.ts'
import { trafficText } from '../traffic-text.ts'
import { untilAborted } from '../waiting.ts'

const HELP = `
Prints a line for each call when it ends, and for each publication, registration, subscription, join and leave, until Ctrl-C.

Examples:
  trunkline tail
  trunkline tail com.example.orders --match prefix --kind call,publish
  trunkline tail --in com.example.shop --failed
  trunkline tail --slow 200ms --json
  trunkline tail com.example.chat --payload`

interface TailOptions extends ClientOptions {
  readonly in?: string
  readonly match?: TailWish['match']
  readonly kind?: readonly TrafficKind[]
  readonly user?: string
  readonly session?: number
  readonly failed?: true
  readonly slow?: number
  readonly payload?: true
  readonly rate?: number
}

/** Adds the command to the program. */
export function defineTail(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('tail'))
    .description('Watch the traffic of a running router.')
    .summary('Watch calls, events, joins and leaves as they happen.')
    .argument('[uri]', 'only this procedure or topic, or those that the pattern matches')
    .addOption(matchOption())
    .option('--in <realm>', 'only in this realm')
    .option('--kind <kinds>', `only these, with commas between: ${TRAFFIC_KINDS.join(', ')}`, kinds)
    .option('--user <authid>', 'only what sessions of this user do, and calls that go to them')
    .option('--session <id>', 'the same for one session', positiveInteger)
    .option('--failed', 'only what failed')
    .option('--slow <duration>', 'only calls that took at least so long, for example 200ms', duration)
    .option('--payload', 'print arguments and results too; needs a right of its own')
    .option('--rate <n>', 'the most lines in a second (default: 100)', positiveInteger)
    .addHelpText('after', HELP)
    .action((uri: string | undefined, options: TailOptions) => tail(uri, options, terminal))
}

async function tail(uri: string | undefined, options: TailOptions, terminal: Terminal): Promise<void> {
  const { adminApi } = await import('../admin/admin-contract.ts')
  const { complainOfMissing } = await import('../admin/admin-session.ts')
  const wish: TailWish = {
    realm: options.in,
    uri,
    match: uri === undefined ? undefined : options.match,
    kinds: options.kind,
    session: options.session,
    authid: options.user,
    failed: options.failed,
    least_ms: options.slow,
    rate: options.rate,
  }
  await withLastingClient(options, terminal, async (client, failed) => {
    const api = client.use(adminApi)
    const stream = (): AsyncIterable<ShownTail> => (options.payload === true ? api.traffic.payload : api.view.tail).stream(wish)
    let [isBegun, missed] = [false, '']
    const shown = show(client, stream, (part) => {
      // The first part says that the router shows what it routes.
      if (!isBegun) reportReady('watching the traffic; Ctrl-C ends', { watching: uri ?? null }, options, terminal)
      isBegun = true
      if (part.missing.join() !== missed) complainOfMissing(part.missing, terminal)
      missed = part.missing.join()
      print(part, options, terminal)
    })
    await untilStopped(Promise.race([failed, shown, untilAborted(terminal.unread)]), terminal, undefined)
  })
}

/** Shows all parts, over one session after the other, until the client is stopped. Rejects with a refusal. */
async function show(client: Client, stream: () => AsyncIterable<ShownTail>, see: (part: ShownTail) => void): Promise<void> {
  while (await isConnected(client)) {
    try {
      for await (const part of stream()) see(part)
    } catch (error) {
      // The client reports it, and connects again.
      if (!(error instanceof DisconnectedError)) throw error
    }
  }
}

/** Resolves when the client has a session; to false when it is stopped. */
async function isConnected({ states }: Client): Promise<boolean> {
  for await (const { status } of states) {
    if (status === 'connected' || status === 'stopped') return status === 'connected'
  }
  return false
}

function print({ lines, skipped }: ShownTail, { json }: TailOptions, terminal: Terminal): void {
  const { screen } = terminal
  for (const line of lines) {
    if (json === true) terminal.print(`${JSON.stringify(line)}\n`)
    else if (screen?.hasColours === true) screen.draw(`${trafficText(line, true)}\n`)
    else terminal.print(`${trafficText(line, false)}\n`)
  }
  if (skipped > 0) terminal.complain(json === true ? `${JSON.stringify({ skipped })}\n` : `… ${skipped} more, not shown\n`)
}

function kinds(value: string): readonly TrafficKind[] {
  return value.split(',').map((word) => oneOf(TRAFFIC_KINDS, word.trim()) as TrafficKind)
}
