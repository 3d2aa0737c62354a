// `trunkline call`: calls a procedure and prints its result.

import type { CallResult } from '@trunkline/client'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { parseOptions } from '../arguments.ts'
import type { RequestOptions } from '../client-session.ts'
import { addRequestOptions, duration, positiveInteger, warn, withSession } from '../client-session.ts'
import { givenArguments } from '../given-arguments.ts'
import { JsonText } from '../json-text.ts'
import { RepeatedCall, statisticsText } from '../repeated-call.ts'
import type { Terminal } from '../terminal.ts'
import { orStopped } from '../waiting.ts'

const EXAMPLES = `
The command sends an argument that is JSON as its value, any other as a string; key=value is a keyword argument. A lone - takes
them from stdin: a JSON list, a dict of keyword arguments, or {"args": …, "kwargs": …}.

Examples:
  trunkline call com.example.add 2 3
  trunkline call com.example.echo hello '{"a": [1, 2]}' color=red
  trunkline call com.example.echo '"5"' '"a=b"'       strings that look like a number or key=value
  trunkline call wamp.session.list --json
  trunkline call com.example.add - < arguments.json
  trunkline call com.example.add 2 3 --repeat 100 --every 1s
  trunkline call com.example.slow --timeout 2s --option disclose_me=true
  trunkline call com.example.count 10 --progress      prints each progressive result too
  trunkline call com.example.add 2 3 --url rs://127.0.0.1:8081 --serializer cbor`

interface CallCommandOptions extends RequestOptions {
  readonly string?: true
  readonly progress?: true
  readonly repeat?: number
  /** Milliseconds. */
  readonly every?: number
}

/** Adds the command to the program. */
export function defineCall(program: Command, terminal: Terminal): void {
  addRequestOptions(program.command('call'))
    .description('Call a procedure and print its result.')
    .argument('<procedure>', 'the URI of the procedure')
    .argument('[arguments...]', 'values and key=value pairs, or - for JSON on stdin')
    .option('--string', 'send every argument as a string, even if it is JSON')
    .option('--progress', 'print each progressive result as it comes, too')
    .option('--repeat <n>', 'call so many times, one after the other, and print statistics at the end', positiveInteger)
    .option('--every <duration>', 'with --repeat: the time from the beginning of one call to that of the next', duration)
    .addHelpText('after', EXAMPLES)
    .action((procedure: string, words: string[], options: CallCommandOptions) => callProcedure(procedure, words, options, terminal))
}

async function callProcedure(procedure: string, words: readonly string[], options: CallCommandOptions, terminal: Terminal): Promise<void> {
  const json = new JsonText()
  const { repeat, every: everyMs } = options
  if (everyMs !== undefined && repeat === undefined) throw new UsageError('--every needs --repeat')
  const { args, kwargs } = await givenArguments(words, json, terminal, options.string)
  const print = (result: CallResult): void => {
    const text = options.json === undefined ? readable(result, json) : json.line({ args: result.args, kwargs: result.kwargs })
    if (text !== undefined) terminal.print(`${text}\n`)
  }
  const callOptions = { ...parseOptions(options.option, json), ...(options.progress === undefined ? {} : { onProgress: print }) }
  await withSession(options, terminal, async (session) => {
    const call = async (): Promise<void> =>
      print(await orStopped(session.callResult(procedure, args, { ...callOptions, kwargs }), terminal.stop, options.timeout))
    if (repeat === undefined) return call()
    const repeated = new RepeatedCall()
    try {
      const failure = await repeated.run(call, { times: repeat, everyMs }, (error) => warn(error, terminal), terminal.stop)
      if (failure !== undefined) throw failure
    } finally {
      const statistics = repeated.statistics()
      terminal.complain(options.json === true ? `${JSON.stringify(statistics)}\n` : statisticsText(statistics))
    }
  })
}

/** A single string as it is, a single other value as JSON, several values or keywords as one JSON document; undefined for no result. */
function readable({ args, kwargs }: CallResult, json: JsonText): string | undefined {
  if (Object.keys(kwargs).length > 0) return json.pretty({ args, kwargs })
  if (args.length === 0) return undefined
  const [value] = args
  if (args.length > 1) return json.pretty(args)
  return typeof value === 'string' ? value : json.pretty(value)
}
