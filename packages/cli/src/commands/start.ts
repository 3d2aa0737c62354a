// `trunkline start`: runs a router by its configuration file. It allows nothing that the file does not grant.

import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Terminal } from '../terminal.ts'

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
  readonly workers?: number | 'auto'
  readonly watch?: true
  readonly pidFile?: string
  readonly jsonLogs?: true
}

/** Adds the command to the program. */
export function defineStart(program: Command, terminal: Terminal): void {
  program
    .command('start')
    .description(
      'Run a router from a configuration file. SIGHUP or `trunkline reload` makes it read the file again, SIGUSR2 opens the log files again.',
    )
    .summary('Run a router from a configuration file.')
    .option(
      '--config <file>',
      'the configuration: YAML, JSON or a module (default: trunkline.yaml, .yml, .json or trunkline.config.mjs, .ts in this folder)',
    )
    .option(
      '--workers <n>',
      "how many processes share the work, or auto: one for each processor (default: 'workers' of the file, or 1)",
      workers,
    )
    .option('--watch', 'reload when the configuration or a file that it names changes')
    .option('--pid-file <file>', 'keep the process id in this file while the router runs')
    .option('--json-logs', 'print the log as lines of JSON also at a terminal')
    .addHelpText('after', EXAMPLE)
    .allowExcessArguments()
    .action((options: StartOptions, command: Command) => {
      const [file] = command.args
      return file === undefined ? start(options, terminal) : command.error(`error: the file is named by --config ${file}`)
    })
}

async function start({ config: given, workers, ...options }: StartOptions, terminal: Terminal): Promise<void> {
  const [{ loadConfig }, { configFile }] = await Promise.all([import('../config/config.ts'), import('../config/source.ts')])
  const { WorkerProcess, workerPlace } = await import('../workers/worker-process.ts')
  const config = await loadConfig(configFile(given))
  const place = workerPlace()
  const { workerCount } = await import('../workers/supervisor.ts')
  const count = workerCount(workers ?? config.document.workers ?? 1)
  if (place !== undefined || count === 1) {
    const { runRouter } = await import('../router-process.ts')
    return runRouter(config, terminal, { ...options, worker: place && new WorkerProcess(place) })
  }
  const { superviseRouter } = await import('../workers/supervised-router.ts')
  return superviseRouter(config, terminal, { ...options, count })
}

function workers(text: string): number | 'auto' {
  if (text === 'auto') return text
  const count = Number(text)
  if (!/^\d{1,2}$/.test(text) || count < 1 || count > MOST_WORKERS) {
    throw new InvalidArgumentError(`expected a number from 1 to ${MOST_WORKERS}, or auto`)
  }
  return count
}

const MOST_WORKERS = 64
