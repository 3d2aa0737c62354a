// `trunkline register`: offers a procedure that a shell command answers, or that echoes.

import type { InvocationHandler, RegisterOptions } from '@trunkline/client'
import { Result, UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { parseOptions } from '../arguments.ts'
import type { RequestOptions } from '../client-session.ts'
import { addRequestOptions, matchOption, positiveInteger, reportReady, wordOption } from '../client-session.ts'
import { JsonText } from '../json-text.ts'
import { serveWith } from '../lasting-client.ts'
import { ShellProcedure } from '../shell-procedure.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
With --exec each call runs a shell command. Its stdin holds a line with the positional arguments as a JSON list and, if there
are keyword arguments, a second line with them as a JSON dict. Its output is the result: a value if it is JSON, else a string.
If the command fails, the caller gets wamp.error.runtime_error with the text from its stderr.

Examples:
  trunkline register com.example.echo2 --echo
  trunkline register com.example.sum --exec 'jq add'
  trunkline register com.example.uptime --exec uptime --invoke roundrobin
  trunkline register com.example.cart --exec ./cart --invoke _sharded    the same callee gets all calls with the same rkey`

const POLICIES: readonly string[] = ['single', 'roundrobin', 'random', 'first', 'last', '_sharded']

interface RegisterCommandOptions extends RequestOptions {
  readonly exec?: string
  readonly echo?: true
  readonly match?: string
  readonly concurrency: number
  readonly invoke?: string
  readonly force?: true
}

/** Adds the command to the program. */
export function defineRegister(program: Command, terminal: Terminal): void {
  addRequestOptions(program.command('register'))
    .description('Offer a procedure until Ctrl-C.')
    .argument('<procedure>', 'the URI of the procedure, or a pattern')
    .option('--exec <command>', 'the shell command that answers calls')
    .option('--echo', 'answer each call with its arguments')
    .addOption(matchOption())
    .addOption(wordOption('--invoke <policy>', 'how callees share the calls (default: single)', POLICIES))
    .option('--force', 'take the procedure from its present callees; needs the right to force_reregister')
    .option('--concurrency <n>', 'the number of commands that may run at a time; further calls are queued', positiveInteger, 8)
    .addHelpText('after', EXAMPLES)
    .action((procedure: string, options: RegisterCommandOptions) => register(procedure, options, terminal))
}

async function register(procedure: string, options: RegisterCommandOptions, terminal: Terminal): Promise<void> {
  const { exec, echo, match, invoke, force, concurrency } = options
  if ((exec === undefined) === (echo === undefined)) throw new UsageError('register needs either --exec <command> or --echo')
  const json = new JsonText()
  const shell = exec === undefined ? undefined : new ShellProcedure(exec, concurrency, json)
  const handler: InvocationHandler =
    shell === undefined ? ({ args, kwargs }) => new Result(args, kwargs) : (invocation) => shell.answer(invocation)
  const registerOptions = { match, invoke, forceReregister: force, ...parseOptions(options.option, json) } as RegisterOptions
  try {
    await serveWith(options, terminal, (client) => client.register(procedure, handler, registerOptions), {
      ready: (id) => reportReady(`registered ${procedure}; Ctrl-C ends`, { registered: procedure, registration: id }, options, terminal),
    })
  } finally {
    shell?.stop()
  }
}
