// `trunkline start`: a router as its configuration file says. Allows nothing that the file does not grant.

import { rmSync, writeFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import type { ReloadCause } from '../live-configuration.ts'
import { jsonLog } from '../log.ts'
import { runUntilStopped } from '../running-router.ts'
import type { Terminal } from '../terminal.ts'
import { readVersion } from '../version.ts'
import { WatchedFiles } from '../watched-files.ts'

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

interface StartOptions {
  readonly config?: string
  readonly watch?: true
  readonly pidFile?: string
}

/** Adds the command to the program. */
export function defineStart(program: Command, terminal: Terminal): void {
  program
    .command('start')
    .description('Run a router from a configuration file. Prints lines of JSON. SIGHUP or `trunkline reload` reads the file again.')
    .option('--config <file>', 'the configuration: YAML, JSON or a module (default: trunkline.yaml or its like in this folder)')
    .option('--watch', 'reload when the configuration or a file that it names changes')
    .option('--pid-file <file>', 'write the process id into this file while the router runs')
    .addHelpText('after', EXAMPLE)
    .action((options: StartOptions) => start(options, terminal))
}

async function start({ config: given, watch, pidFile }: StartOptions, terminal: Terminal): Promise<void> {
  const [{ loadConfig }, { configFile }, { LiveConfiguration }, { ReloadProcedure }, { createRouter }] = await Promise.all([
    import('../config/config.ts'),
    import('../config/source.ts'),
    import('../live-configuration.ts'),
    import('../reload-procedure.ts'),
    import('@trunkline/router'),
  ])
  const config = await loadConfig(configFile(given))
  const log = await jsonLog(terminal)
  const router = createRouter({ ...config.router, agent: `Trunkline ${readVersion()}`, log })
  const live = new LiveConfiguration(router, config, log, () => settle())
  const procedure = new ReloadProcedure(router, live)
  const files = new WatchedFiles(() => void reload('file'))
  const watchAll = (): void => (watch === true ? files.watch([live.config.file, ...live.config.files]) : undefined)
  const settle = async (): Promise<void> => {
    watchAll()
    await procedure.settle()
  }
  watchAll()
  const reload = (cause: ReloadCause): Promise<unknown> => live.reload(cause).catch(() => undefined) // The log says what was wrong.
  const removePidFile = pidFile === undefined ? undefined : writePidFile(pidFile)
  try {
    terminal.onHangup(() => void reload('signal'))
    await runUntilStopped(router, terminal, () => live.open())
  } finally {
    files.stop()
    removePidFile?.()
  }
  log.info('stopped', {})
}

/** @returns takes the file away */
function writePidFile(file: string): () => void {
  try {
    writeFileSync(file, `${process.pid}\n`)
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', { cause: error })
  }
  return () => rmSync(file, { force: true })
}
