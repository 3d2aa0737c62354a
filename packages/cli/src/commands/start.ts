// `trunkline start`: a router as its configuration file says. Allows nothing that the file does not grant.

import type { Command } from 'commander'
import { openListener } from '../listen.ts'
import { jsonLog } from '../log.ts'
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
    .option('--config <file>', 'the configuration: YAML, JSON or a module (default: trunkline.yaml or its like in this folder)')
    .addHelpText('after', EXAMPLE)
    .action(({ config }: { readonly config?: string }) => start(config, terminal))
}

async function start(file: string | undefined, terminal: Terminal): Promise<void> {
  const [{ loadConfig }, { configFile }, { createRouter }] = await Promise.all([
    import('../config/config.ts'),
    import('../config/source.ts'),
    import('@trunkline/router'),
  ])
  const config = await loadConfig(configFile(file))
  const log = await jsonLog(terminal)
  const router = createRouter({ ...config.router, agent: `Trunkline ${readVersion()}`, log })
  await runUntilStopped(router, terminal, async () => {
    for (const listener of config.listeners) await openListener(router, listener, log)
    for (const { address } of router.listeners) log.info('listening', { address })
  })
  log.info('stopped', {})
}
