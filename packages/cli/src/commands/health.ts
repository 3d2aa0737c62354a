// `trunkline health`: asks a router whether it accepts sessions, for supervisors and images that have neither shell nor curl.

import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { ConnectError, UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { Option } from 'commander'
import { InvalidArgumentError } from 'commander'
import { duration } from '../client-session.ts'
import { NotReadyError } from '../not-ready.ts'
import type { Terminal } from '../terminal.ts'
import { orStopped } from '../waiting.ts'

const DEFAULT_URL = 'http://127.0.0.1:8080/health/ready'
const DEFAULT_TIMEOUT_MS = 3_000

const HELP = `
Ends with exit code 0 when the router accepts sessions, with 1 when it is stopping, with 3 when there is no answer. A URL
without a path means /health/ready; /health/live says only that the process answers. Certificates are not checked: the
command asks the router beside it, and sends nothing that is secret.

Examples:
  trunkline health
  trunkline health http://127.0.0.1:8082
  HEALTHCHECK CMD ["/nodejs/bin/node", "/app/node_modules/trunkline/bin/trunkline.js", "health"]`

/** Adds the command to the program. */
export function defineHealth(program: Command, terminal: Terminal): void {
  program
    .command('health')
    .description('Ask a router whether it accepts sessions: the health check of a container.')
    .summary('Ask a router whether it accepts sessions: a health check.')
    .argument('[url]', 'a listener for HTTP of the router', httpUrl, new URL(DEFAULT_URL))
    .addOption(new Option('--timeout <duration>', 'how long to wait for the answer').argParser(duration).default(DEFAULT_TIMEOUT_MS, '3s'))
    .addHelpText('after', HELP)
    .action((url: URL, { timeout }: { readonly timeout: number }) => health(url, timeout, terminal))
}

async function health(url: URL, timeout: number, terminal: Terminal): Promise<void> {
  const given = new AbortController()
  try {
    const status = await orStopped(statusOf(url, given.signal), terminal.stop, timeout)
    if (status !== 200) throw new NotReadyError(`${url.href} answers ${status}`)
    terminal.print('ready\n')
  } finally {
    given.abort()
  }
}

function statusOf(url: URL, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? requestTls : request
    const asked = ask(url, { signal, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('error', (cause) => reject(new ConnectError('TL_CONNECT_FAILED', `no answer from ${url.host}: ${cause.message}`, { cause })))
    asked.end()
  })
}

function httpUrl(text: string): URL {
  if (!URL.canParse(text)) throw new InvalidArgumentError(`Expected a URL such as ${DEFAULT_URL}.`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InvalidArgumentError('Expected http:// or https://.')
  if (url.username !== '' || url.password !== '') throw new UsageError('a URL with a password would show it to all users of the machine')
  if (url.pathname === '/') url.pathname = '/health/ready'
  return url
}
