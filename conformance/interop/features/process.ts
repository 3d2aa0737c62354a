// The process of a JavaScript client whose features are tried: `tsx process.ts NAME URL,URL… REALM`. Prints one line of JSON
// for each feature and serializer. Judges nothing.

import { Console } from 'node:console'

import { CLIENTS } from '../clients/clients.ts'
import { knownOf } from '../known/known.ts'
import { play } from './scenarios.ts'

// Output of libraries must not disturb the outcomes.
globalThis.console = new Console(process.stderr)
// Some libraries leave rejections unhandled that the scenario caused.
process.on('unhandledRejection', (reason) => process.stderr.write(`client: ${String(reason)}\n`))
process.on('uncaughtException', (error) => process.stderr.write(`client: ${String(error)}\n`))

const [name = '', urls = '', realm = ''] = process.argv.slice(2)
const client = CLIENTS[name]
if (client === undefined) throw new Error(`no client ${name}`)
for (const serializer of ['json', 'msgpack', 'cbor']) {
  for await (const outcome of play(client, { urls: urls.split(','), realm, serializer }, knownOf(name))) {
    process.stdout.write(`${JSON.stringify(outcome)}\n`)
  }
}
process.exit()
