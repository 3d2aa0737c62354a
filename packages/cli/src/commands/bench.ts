// `trunkline bench`: loads a router, of its own or one that is named, and prints what it does.

import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { ClientOptions } from '../client-session.ts'
import { addClientOptions, duration, positiveInteger, sessionOptions } from '../client-session.ts'
import { FaultFound } from '../fault-found.ts'
import { durationText } from '../quantities.ts'
import type { Terminal } from '../terminal.ts'
import { Interrupted, untilAborted } from '../waiting.ts'

const HELP = `
Without --url and without a context it loads a router of its own, a process beside. A router that is not on this machine has to be
named twice (--url and --yes-load), since a load test harms those who use it. One process plays all clients, so that the figures are
those of both sides; the last row says how busy it was. Errors, lost events and sessions that ended give exit code 1.

Examples:
  trunkline bench rpc
  trunkline bench rpc --sessions 16 --window 8 --size 1000 --serializer cbor --json
  trunkline bench rpc --rate 1000                       times at a given rate
  trunkline bench pubsub --sessions 1 --others 100
  trunkline bench connect --url ws://127.0.0.1:8080/ws
  trunkline bench soak --sessions 1000 --duration 8h --url wss://router.example.com/ws --yes-load router.example.com`

interface BenchOptions extends ClientOptions {
  readonly duration: number
  readonly sessions: number
  readonly window: number
  readonly others: number
  readonly size: number
  readonly rate?: number
  readonly prefix: string
  readonly yesLoad?: string
}

type Scenario = 'rpc' | 'pubsub' | 'connect' | 'soak'

const ABOUT: Readonly<
  Record<Scenario, { readonly text: string; readonly sessions: number; readonly window: number; readonly seconds: number }>
> = {
  rpc: { text: 'Call a procedure of its own, as often as it goes.', sessions: 4, window: 8, seconds: 5 },
  pubsub: { text: 'Publish events to subscribers of its own, as many as it goes.', sessions: 4, window: 8, seconds: 5 },
  connect: { text: 'Open and leave sessions, as many as it goes.', sessions: 16, window: 1, seconds: 5 },
  soak: {
    text: 'Hold sessions open for long, with a call of each a second, and count what ends or fails.',
    sessions: 100,
    window: 1,
    seconds: 60,
  },
}

/** Adds the command to the program. */
export function defineBench(program: Command, terminal: Terminal): void {
  const bench = program.command('bench').description('Load a router, and print what it does.').addHelpText('after', HELP)
  for (const [scenario, { text, sessions, window, seconds }] of Object.entries(ABOUT) as [Scenario, (typeof ABOUT)[Scenario]][]) {
    addClientOptions(bench.command(scenario))
      .description(text)
      .addOption(
        new Option('--duration <duration>', 'how long').argParser(duration).default(seconds * 1_000, durationText(seconds * 1_000)),
      )
      .option('--sessions <n>', 'the sessions that call, publish or open', positiveInteger, sessions)
      .option('--window <n>', 'the requests in flight of each', positiveInteger, window)
      .option('--others <n>', 'the callees that share the calls, or the subscribers', positiveInteger, scenario === 'pubsub' ? 4 : 1)
      .option('--size <n>', 'characters of payload', positiveInteger, 64)
      .option('--rate <n>', 'so many a second in all, in place of as many as it goes', positiveInteger)
      .option('--prefix <uri>', 'the URIs begin so, for the rights of the role', 'com.example.bench')
      .option('--yes-load <host>', 'the host of the router once more, when it is not this machine')
      .addHelpText('after', HELP)
      .action((options: BenchOptions, command: Command) => run(scenario, options, command, terminal))
  }
}

async function run(scenario: Scenario, options: BenchOptions, command: Command, terminal: Terminal): Promise<void> {
  const { checkMeant, namedTarget, ownTarget } = await import('../load/target.ts')
  const isOwn = command.getOptionValueSource('url') === 'default'
  if (!isOwn) checkMeant(options.url, options.yesLoad)
  const target = isOwn ? await ownTarget() : namedTarget(options.url)
  try {
    await load(scenario, { ...options, url: target.url }, target.isOwn, terminal)
  } finally {
    target.close()
  }
}

async function load(scenario: Scenario, options: BenchOptions, isOwn: boolean, terminal: Terminal): Promise<void> {
  const { Meter } = await import('../load/meter.ts')
  const { SCENARIOS } = await import('../load/scenarios.ts')
  const { progressText, reportText } = await import('../load/report.ts')
  const { sessions, window, others, size, rate, serializer } = options
  const meter = new Meter()
  const ending = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let from = performance.now()
  let usage = process.cpuUsage()
  const everyMs = Math.min(60_000, Math.max(1_000, options.duration / 30))
  const begin = (): void => {
    from = performance.now()
    usage = process.cpuUsage()
    setTimeout(() => ending.abort(), options.duration).unref()
    timer = setInterval(() => {
      if (options.json === undefined)
        terminal.complain(progressText(scenario, Math.round((performance.now() - from) / 1_000), meter, everyMs / 1_000))
    }, everyMs)
  }
  const sizes = { sessions, window, others, size, perSecond: rate }
  const uri = `${options.prefix}.x${randomBytes(4).toString('hex')}`
  const opening = { url: options.url, ...(await sessionOptions(options, terminal)) }
  try {
    const loading = SCENARIOS[scenario]({
      options: opening,
      uri,
      sizes,
      meter,
      end: AbortSignal.any([ending.signal, terminal.stop]),
      begin,
    })
    const outcome = await orEnded(loading, terminal)
    const seconds = Math.min(options.duration, performance.now() - from) / 1_000
    const { user, system } = process.cpuUsage(usage)
    const report = {
      scenario,
      url: options.url,
      router: isOwn ? ('own' as const) : ('given' as const),
      serializer,
      sizes,
      seconds: Number(seconds.toFixed(3)),
      count: meter.count,
      per_second: Math.round(meter.count / seconds),
      errors: meter.errors,
      ...(meter.lastError === undefined ? {} : { last_error: meter.lastError }),
      ...outcome,
      latency_ms: meter.latency,
      cpu_percent: Math.round((user + system) / 10_000 / seconds),
    }
    terminal.print(options.json === true ? `${JSON.stringify(report)}\n` : reportText(report))
    judge(report)
  } finally {
    clearInterval(timer)
  }
  if (terminal.stop.aborted) throw interruption(terminal)
}

/** Lets a load that the user stops end by itself, and print what it has done, but not for long. */
async function orEnded<T>(loading: Promise<T>, terminal: Terminal): Promise<T> {
  const patience = untilAborted(terminal.stop).then(() => new Promise((resolve) => void setTimeout(resolve, STOP_MS).unref()))
  const ended = patience.then(() => Promise.reject(interruption(terminal)))
  return Promise.race([loading, ended])
}

const STOP_MS = 10_000

function interruption({ stop }: Terminal): Interrupted {
  return new Interrupted(stop.reason as Interrupted['signal'])
}

function judge({ errors, lost = 0, ended = 0 }: { readonly errors: number; readonly lost?: number; readonly ended?: number }): void {
  if (errors + lost + ended === 0) return
  throw new FaultFound('TL_BENCH', `${errors} errors, ${lost} events lost, ${ended} sessions ended`)
}
