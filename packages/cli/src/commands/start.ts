// `trunkline start`: a router as its configuration file says. Allows nothing that the file does not grant.

import type { Log, Router } from '@trunkline/router'
import type { Command } from 'commander'
import type { Config, WebSocketConfig } from '../config/config.ts'
import { jsonLog } from '../log.ts'
import { isOriginAllowed } from '../origin-rule.ts'
import { runUntilStopped } from '../running-router.ts'
import type { Terminal } from '../terminal.ts'
import { readVersion } from '../version.ts'

const EXAMPLE = `
The file is YAML or JSON. Nothing is open and nothing is allowed that it does not name:

  listeners:
    - websocket: { host: 0.0.0.0, port: 8080 }
  realms:
    realm1:
      anonymous: { role: guest }
      roles:
        guest:
          - { uri: com.example.**, allow: [call, subscribe] }`

/** Adds the command to the program. */
export function defineStart(program: Command, terminal: Terminal): void {
  program
    .command('start')
    .description('Run a router from a configuration file. Prints lines of JSON.')
    .requiredOption('--config <file>', 'the configuration, YAML or JSON')
    .addHelpText('after', EXAMPLE)
    .action(({ config }: { readonly config: string }) => start(config, terminal))
}

async function start(file: string, terminal: Terminal): Promise<void> {
  const [{ loadConfig }, { createRouter }] = await Promise.all([import('../config/config.ts'), import('@trunkline/router')])
  const config = loadConfig(file)
  const log = await jsonLog(terminal)
  const router = createRouter({ ...config.router, agent: `Trunkline ${readVersion()}`, log })
  await runUntilStopped(router, terminal, async () => {
    await listen(router, config, log)
    for (const { address } of router.listeners) log.info('listening', { address })
  })
  log.info('stopped', {})
}

async function listen(router: Router, { webSockets, rawSockets }: Config, log: Log): Promise<void> {
  for (const webSocket of webSockets) await listenHttp(router, webSocket, log)
  for (const rawSocket of rawSockets) await router.listenRawSocket(rawSocket)
}

async function listenHttp(router: Router, { origins, ...options }: WebSocketConfig, log: Log): Promise<void> {
  await router.listenHttp({
    ...options,
    mayUpgrade(request) {
      if (isOriginAllowed(request, origins)) return undefined
      log.warn('origin refused', { origin: request.headers.origin, peer: request.socket.remoteAddress })
      return { status: 403, text: 'pages of this origin may not connect' }
    },
  })
}
