// `trunkline start`: runs a router by its configuration file. It allows nothing that the file does not grant.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CertificateWatch } from '../certificates.ts'
import type { LiveConfiguration as Live, ReloadCause } from '../live-configuration.ts'
import { jsonLog } from '../log.ts'
import { writePidFile } from '../pid-file.ts'
import { runUntilStopped } from '../running-router.ts'
import type { Terminal } from '../terminal.ts'
import { readVersion } from '../version.ts'
import { WatchedFiles } from '../watched-files.ts'

const EXAMPLE = `
The router opens and allows only what the file names, for example:

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
    .description(
      'Run a router from a configuration file, with a log in lines of JSON. SIGHUP or `trunkline reload` makes it read the file again.',
    )
    .option(
      '--config <file>',
      'the configuration: YAML, JSON or a module (default: trunkline.yaml, .yml, .json or trunkline.config.mjs, .ts in this folder)',
    )
    .option('--watch', 'reload when the configuration or a file that it names changes')
    .option('--pid-file <file>', 'keep the process id in this file while the router runs')
    .addHelpText('after', EXAMPLE)
    .allowExcessArguments()
    .action((options: StartOptions, command: Command) => {
      const [file] = command.args
      return file === undefined ? start(options, terminal) : command.error(`error: the file is named by --config ${file}`)
    })
}

async function start({ config: given, watch, pidFile }: StartOptions, terminal: Terminal): Promise<void> {
  // Imports one package after the other: all at once would need a file descriptor for each file.
  const { createRouter, Metrics } = await import('@trunkline/router')
  const { loadConfig } = await import('../config/config.ts')
  const { configFile } = await import('../config/source.ts')
  const { LiveConfiguration } = await import('../live-configuration.ts')
  const { commandMetrics } = await import('../metrics/command-metrics.ts')
  const { AdminApi } = await import('../admin/admin-api.ts')
  const { LeveledLog } = await import('../leveled-log.ts')
  const { LogFiles } = await import('../log-files.ts')
  const config = await loadConfig(configFile(given))
  const log = new LeveledLog(await jsonLog(terminal))
  const logs = new LogFiles(config.logs, terminal)
  const version = readVersion()
  const router = createRouter({ ...config.router, ...logs.sinks, agent: `Trunkline ${version}`, log })
  const started = { version, node: process.version, config: resolve(config.file) }
  const metrics = new Metrics(router, [commandMetrics(version, () => live)])
  const live: Live = new LiveConfiguration(router, config, { log, started, metrics: (access) => metrics.route(access) })
  const reload = (cause: ReloadCause): void => void live.reload(cause).catch(() => undefined) // The reload logs its errors.
  const files = new WatchedFiles(() => reload('file'))
  if (watch === true) {
    files.watch([config.file, ...config.files])
    live.follow((next) => files.watch([next.file, ...next.files]))
  }
  const certificates = new CertificateWatch(() => live.config.listeners, log)
  live.follow(() => certificates.look())
  live.follow(() => logs.reopen())
  const drain = new AbortController()
  const admin = new AdminApi({ router, log, live, stop: () => drain.abort('drain') })
  live.follow((next) => admin.settle(next.document.admin?.realm))
  let removePidFile = (): void => {}
  try {
    terminal.onHangup(() => reload('signal'))
    await runUntilStopped(router, AbortSignal.any([terminal.stop, drain.signal]), async () => {
      await live.open()
      // The file belongs to the process that listens, so it is written only after the listeners have opened.
      if (pidFile !== undefined) removePidFile = writePidFile(pidFile)
    })
  } finally {
    files.stop()
    metrics.close()
    certificates.stop()
    admin.stop()
    removePidFile()
    logs.close()
  }
  log.info('stopped', {})
}
