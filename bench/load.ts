// The load generator: a process that plays all the clients of one scenario and accounts for every message.
// Started by run.ts with its options as JSON; asks it for the router's usage, and hands the result back.

import { Account } from './load/account.ts'
import { amplification } from './load/amplification.ts'
import type { LoadOptions, LoadResult } from './load/measure.ts'
import { Bench } from './load/measure.ts'
import { kept, patterns, pubsub, transcode } from './load/pubsub.ts'
import { rpc, rpcLatency, sharedRpc } from './load/rpc.ts'
import { connect, idle, subscribers } from './load/sessions.ts'
import { slow } from './load/slow.ts'
import type { Usage } from './usage.ts'

/** What this process sends to its parent. */
export type LoadMessage = { readonly ask: 'usage' } | { readonly result: LoadResult } | { readonly failed: string }

const SCENARIOS: Readonly<Record<string, (bench: Bench) => Promise<LoadResult>>> = {
  rpc,
  contract: rpc,
  'rpc-latency': rpcLatency,
  shared: sharedRpc,
  pubsub,
  transcode,
  kept,
  connect,
  idle,
  slow,
  patterns,
  subscribers,
  amplification,
}

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions
const waiting: ((usage: Usage) => void)[] = []
process.on('message', (usage: Usage) => waiting.shift()?.(usage))
process.on('disconnect', () => process.exit(1))

const account = new Account()
const scenario = SCENARIOS[options.scenario]
try {
  if (scenario === undefined) throw new Error(`there is no scenario '${options.scenario}'`)
  say({ result: await scenario(new Bench(options, account, askUsage)) })
} catch (error) {
  say({ failed: [error instanceof Error ? error.message : String(error), ...account.notes].join('; ') })
}

function askUsage(): Promise<Usage> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    say({ ask: 'usage' })
  })
}

function say(message: LoadMessage): void {
  process.send?.(message)
}
