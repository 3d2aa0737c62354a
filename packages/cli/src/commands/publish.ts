// `trunkline publish`: publishes one event.

import type { Command } from 'commander'
import { parseOptions } from '../arguments.ts'
import type { RequestOptions } from '../client-session.ts'
import { addRequestOptions, withSession } from '../client-session.ts'
import { givenArguments } from '../given-arguments.ts'
import { JsonText } from '../json-text.ts'
import type { Terminal } from '../terminal.ts'
import { orStopped } from '../waiting.ts'

const EXAMPLES = `
The command reads arguments as 'trunkline call' does. It prints nothing, or with --json the id of the publication.

Examples:
  trunkline publish com.example.chat hello
  trunkline publish com.example.chat - < message.json
  trunkline publish com.example.temperature 21.5 unit=C
  trunkline publish com.example.chat hello --option 'exclude_authrole=["guest"]'`

interface PublishCommandOptions extends RequestOptions {
  readonly string?: true
  readonly acknowledge: boolean
  readonly retain?: true
}

/** Adds the command to the program. */
export function definePublish(program: Command, terminal: Terminal): void {
  addRequestOptions(program.command('publish'))
    .description('Publish an event.')
    .argument('<topic>', 'the URI of the topic')
    .argument('[arguments...]', 'values and key=value pairs, or - for JSON on stdin')
    .option('--string', 'send every argument as a string, even if it is JSON')
    .option('--no-acknowledge', "do not wait for the router's answer; the command then reports no errors")
    .option('--retain', 'let the router keep the event for later subscribers (subscribe --retained)')
    .addHelpText('after', EXAMPLES)
    .action((topic: string, words: string[], options: PublishCommandOptions) => publish(topic, words, options, terminal))
}

async function publish(topic: string, words: readonly string[], options: PublishCommandOptions, terminal: Terminal): Promise<void> {
  const json = new JsonText()
  const { args, kwargs } = await givenArguments(words, json, terminal, options.string)
  const publishOptions = { acknowledge: options.acknowledge, retain: options.retain, ...parseOptions(options.option, json) }
  await withSession(options, terminal, async (session) => {
    const publication = await orStopped(session.publish(topic, args, { ...publishOptions, kwargs }), terminal.stop, options.timeout)
    if (options.json !== undefined) terminal.print(`${json.line({ publication: publication ?? null })}\n`)
  })
}
