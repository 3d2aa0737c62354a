// Where "go to definition" of an editor leads in a program that uses a contract: to the contract. Asks the language server of TypeScript.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SHOP = pathToFileURL(join(ROOT, 'conformance/contracts/shop.ts')).href
const PROGRAM = pathToFileURL(join(ROOT, 'conformance/contracts/asked-program.ts')).href
const TEXT = `import type { Client } from '@trunkline/client'
import { shop } from './shop.ts'
declare const client: Client
const api = client.use(shop)
void api.orders.get(42)
void api.prices.subscribe({})
`
/** What is asked for, and the line of the contract on which it is. */
const ASKED: readonly (readonly [what: string, entry: string])[] = [
  ['get(42)', '    get: procedure('],
  ['orders.get', '  orders: {'],
  ['prices.subscribe', '  prices: topic('],
]

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
}
interface Place {
  readonly uri?: string
  readonly targetUri?: string
  readonly range?: { readonly start: { readonly line: number } }
  readonly targetSelectionRange?: { readonly start: { readonly line: number } }
}

/** @returns what leads elsewhere, one line each */
export async function definitionFaults(): Promise<string[]> {
  const server = spawn(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const answers = answersOf(server.stdout)
  const ask = async (id: number, method: string, params: unknown): Promise<unknown> => {
    send({ id, method, params })
    for (;;) {
      const { value, done } = await answers.next()
      if (done === true) throw new Error('the language server ended')
      if (value.method !== undefined && value.id !== undefined) send({ id: value.id, result: null })
      else if (value.id === id) return value.result
    }
  }
  try {
    await ask(0, 'initialize', { processId: null, rootUri: pathToFileURL(ROOT).href, capabilities: {} })
    send({ method: 'initialized', params: {} })
    send({ method: 'textDocument/didOpen', params: { textDocument: { uri: PROGRAM, languageId: 'typescript', version: 1, text: TEXT } } })
    const lines = readFileSync(fileURLToPath(SHOP), 'utf8').split('\n')
    const faults: string[] = []
    for (const [i, [what, entry]] of ASKED.entries()) {
      const places = await ask(i + 1, 'textDocument/definition', { textDocument: { uri: PROGRAM }, position: positionOf(what) })
      const found = [places].flat().map((place) => shown(place as Place))
      const wanted = `${SHOP}:${lines.findIndex((line) => line.startsWith(entry))}`
      if (!found.includes(wanted)) faults.push(`the definition of ${what} is ${wanted}, and not ${found.join(', ')}`)
    }
    return faults
  } finally {
    server.kill()
  }
}

function positionOf(what: string): { line: number; character: number } {
  const before = TEXT.slice(0, TEXT.indexOf(what)).split('\n')
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
}

function shown(place: Place | null): string {
  return `${place?.targetUri ?? place?.uri}:${(place?.targetSelectionRange ?? place?.range)?.start.line}`
}

/** The messages in a stream of the language server protocol. */
async function* answersOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Answer, void> {
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
      const length = Number(/Content-Length: (\d+)/.exec(rest.toString('latin1', 0, end))?.[1])
      if (rest.length < end + 4 + length) break
      yield JSON.parse(rest.toString('utf8', end + 4, end + 4 + length)) as Answer
      rest = rest.subarray(end + 4 + length)
    }
  }
}
