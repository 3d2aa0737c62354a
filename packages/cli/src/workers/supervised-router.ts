// A router with several processes: the first, which obeys the terminal, and its workers, which serve.

import { resolve } from 'node:path'
import { UsageError } from '@trunkline/client'
import { madeUpNode } from '../cluster.ts'
import type { Config } from '../config/config.ts'
import { UNSHARED, unsharedFiles } from '../config/config.ts'
import { durableTopics, WITH_WORKERS } from '../config/store.ts'
import { apartWithWorkers } from '../config/warnings.ts'
import { LeveledLog } from '../leveled-log.ts'
import { routerLog } from '../log.ts'
import { writePidFile } from '../pid-file.ts'
import type { RunOptions } from '../router-process.ts'
import type { ReloadCause } from '../live-configuration.ts'
import type { Terminal } from '../terminal.ts'
import { untilAborted } from '../waiting.ts'
import { WatchedFiles } from '../watched-files.ts'
import { Supervisor } from './supervisor.ts'

/**
 * Runs the workers until the user or an operator stops the router.
 * @throws {UsageError} (rejects) when the configuration names a file that only one process can keep
 * @throws {WorkerFailed} (rejects) when one cannot start; its own output says why
 * @throws {Error} (rejects) when workers die again and again
 */
export async function superviseRouter(
  config: Config,
  terminal: Terminal,
  { watch, pidFile, jsonLogs, count }: RunOptions & { readonly count: number },
): Promise<void> {
  const [unshared] = unsharedFiles(config.document)
  if (unshared !== undefined) throw new UsageError(`${unshared}: ${UNSHARED}`, 'TL_CONFIG')
  const [durable] = durableTopics(config.document)
  if (durable !== undefined) throw new UsageError(`${durable}: ${WITH_WORKERS}`, 'TL_CONFIG')
  const log = new LeveledLog(routerLog(terminal, jsonLogs), config.logLevels)
  const [drain, failed] = [new AbortController(), new AbortController()]
  const base = config.cluster === undefined ? 'worker' : (config.cluster.node ?? madeUpNode())
  const nodes = Array.from({ length: count }, (_, place) => `${base}-${place}`)
  const supervisor = new Supervisor(base, nodes, log, { leave: (reason) => drain.abort(reason), giveUp: (error) => failed.abort(error) })
  const reload = (cause: ReloadCause): void => void supervisor.reload(cause).catch(() => undefined) // The reload logs its errors.
  const files = new WatchedFiles(() => reload('file'))
  terminal.onHangup(() => {
    supervisor.rotate()
    reload('signal')
  })
  terminal.onRotation(() => supervisor.rotate())
  const stop = AbortSignal.any([terminal.stop, drain.signal, failed.signal])
  for (const warning of apartWithWorkers(config, count)) log.warn(warning, { area: 'configuration' })
  let removePidFile = (): void => {}
  try {
    const addresses = await supervisor.start()
    if (pidFile !== undefined) removePidFile = writePidFile(pidFile)
    if (watch === true) files.watch([config.file, ...config.files])
    log.info('all workers are open', { area: 'cluster', workers: count, addresses, config: resolve(config.file) })
    await untilAborted(stop)
    failed.signal.throwIfAborted()
    await supervisor.stop(String(stop.reason))
  } finally {
    files.stop()
    supervisor.close()
    removePidFile()
  }
  log.info('all workers have stopped', { area: 'cluster' })
}
