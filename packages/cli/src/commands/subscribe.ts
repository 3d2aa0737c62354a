// `trunkline subscribe`: prints the events of a topic, one per line.

import type { ReceivedEvent, SubscribeOptions } from '@trunkline/client'
import type { Command } from 'commander'
import { parseOptions } from '../arguments.ts'
import type { RequestOptions } from '../client-session.ts'
import { addRequestOptions, matchOption, positiveInteger, reportReady } from '../client-session.ts'
import { JsonText } from '../json-text.ts'
import { serveWith } from '../lasting-client.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Prints a line for each event (topic, arguments, keyword arguments) until Ctrl-C.

Examples:
  trunkline subscribe com.example.chat
  trunkline subscribe com.example --match prefix --json
  trunkline subscribe com..temperature --match wildcard --count 10`

interface SubscribeCommandOptions extends RequestOptions {
  readonly match?: string
  readonly count?: number
  readonly retained?: true
}

/** Adds the command to the program. */
export function defineSubscribe(program: Command, terminal: Terminal): void {
  addRequestOptions(program.command('subscribe'))
    .description('Print the events of a topic.')
    .argument('<topic>', 'the URI of the topic, or a pattern')
    .addOption(matchOption())
    .option('--retained', 'print the retained events of the topic first')
    .option('--count <n>', 'end after this number of events', positiveInteger)
    .addHelpText('after', EXAMPLES)
    .action((topic: string, options: SubscribeCommandOptions) => subscribe(topic, options, terminal))
}

/** `--timeout` limits the wait for the subscription and, with `--count`, for the events. */
async function subscribe(topic: string, options: SubscribeCommandOptions, terminal: Terminal): Promise<void> {
  const { count, match, retained, timeout } = options
  const json = new JsonText()
  const subscribeOptions = { match, getRetained: retained, ...parseOptions(options.option, json) } as SubscribeOptions
  let remaining = count ?? Infinity
  let finish = (): void => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const onEvent = (event: ReceivedEvent): void => {
    if (remaining === 0) return
    terminal.print(`${lineOf(event, json, options.json !== undefined)}\n`)
    if (--remaining === 0) finish()
  }
  await serveWith(options, terminal, (client) => client.subscribe(topic, onEvent, subscribeOptions), {
    ready: (id) => reportReady(`subscribed to ${topic}; Ctrl-C ends`, { subscribed: topic, subscription: id }, options, terminal),
    done,
    timeoutMs: count === undefined ? undefined : timeout,
  })
}

function lineOf({ topic, publication, args, kwargs, details }: ReceivedEvent, json: JsonText, isForPrograms: boolean): string {
  if (isForPrograms) return json.line({ topic, publication, args, kwargs, details })
  const parts = [topic, ...args.map((arg) => json.line(arg))]
  if (Object.keys(kwargs).length > 0) parts.push(json.line(kwargs))
  return parts.join(' ')
}
