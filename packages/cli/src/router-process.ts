// A router with its configuration in this process: opened, followed while the configuration changes, drained, closed.

import { resolve } from 'node:path'
import type { OtherReadings } from '@trunkline/router'
import { createRouter, LongPollRelay, Metrics } from '@trunkline/router'
import { AdminApi } from './admin/admin-api.ts'
import type { RouterPlace } from './admin/nodes/asked-nodes.ts'
import { answerOthers, askedNodes } from './admin/nodes/asked-nodes.ts'
import { CertificateWatch } from './certificates.ts'
import { openCluster } from './cluster.ts'
import type { Config } from './config/config.ts'
import { dashboardAt, DashboardFiles } from './dashboard-files.ts'
import { LeveledLog } from './leveled-log.ts'
import type { PageRoutes } from './listen.ts'
import type { ReloadCause } from './live-configuration.ts'
import { LiveConfiguration } from './live-configuration.ts'
import { LogFiles } from './log-files.ts'
import { routerLog } from './log.ts'
import { commandMetrics } from './metrics/command-metrics.ts'
import { writePidFile } from './pid-file.ts'
import { runUntilStopped } from './running-router.ts'
import { openStore } from './store.ts'
import type { Terminal } from './terminal.ts'
import { openTraces } from './traces.ts'
import { readVersion } from './version.ts'
import { WatchedFiles } from './watched-files.ts'
import type { Question } from './workers/messages.ts'
import type { WorkerProcess } from './workers/worker-process.ts'

/** How the command line says that the router is to run. */
export interface RunOptions {
  readonly watch?: true
  readonly pidFile?: string
  readonly jsonLogs?: true
}

/**
 * Runs a router until the user, an operator or the first of its processes stops it.
 * @param options with the worker that this process is, if it is one
 * @throws {UsageError} (rejects) when a listener cannot be opened
 */
export async function runRouter(
  config: Config,
  terminal: Terminal,
  { watch, pidFile, jsonLogs, worker }: RunOptions & { readonly worker: WorkerProcess | undefined },
): Promise<void> {
  const log = new LeveledLog(routerLog(terminal, jsonLogs), config.logLevels)
  const logs = new LogFiles(config.logs, terminal, log)
  const version = readVersion()
  const { tracing } = config.document
  const traces = tracing === undefined ? undefined : await openTraces(tracing, log)
  if (worker?.place.logLevels !== undefined) log.adopt(worker.place.logLevels)
  log.onChange = (levels) => worker?.leveled(levels)
  const cluster = await openCluster(config.cluster, worker?.place, log)
  const store = config.store && (await openStore(config.store, log))
  worker?.begun()
  const relay = worker && (await LongPollRelay.open(worker.place))
  const failed = new AbortController()
  const options = {
    ...config.router,
    ...logs.sinks,
    agent: `Trunkline ${version}`,
    log,
    tracer: traces?.tracer,
    ...(store && { store: store.store }),
  }
  const onNameTaken = (error: Error): void => failed.abort(error)
  const router = createRouter(cluster === undefined ? options : { ...options, cluster: { ...cluster.options, onNameTaken } })
  const names = { ...(worker && { worker: worker.place.node }), ...(config.cluster && cluster && { clusterNode: cluster.options.by.node }) }
  const started = { version, node: process.version, config: resolve(config.file), ...names }
  const othersReadings = worker && ((): Promise<OtherReadings> => worker.readings())
  const metrics = new Metrics(router, [commandMetrics({ version, live: () => live, traces })], othersReadings)
  const dashboard = new DashboardFiles()
  const pages: PageRoutes = {
    metrics: (access) => metrics.route(access),
    dashboard: (place, rule) => dashboard.route(dashboardAt(place, rule)),
  }
  const reloadAll = worker && ((cause: ReloadCause) => worker.reload(cause))
  const live: LiveConfiguration = new LiveConfiguration(router, config, { log, started, pages, reloadAll, relay })
  const reload = (cause: ReloadCause): void => void live.reload(cause).catch(() => undefined) // The reload logs its errors.
  const files = new WatchedFiles(() => reload('file'))
  if (watch === true && worker === undefined) {
    files.watch([config.file, ...config.files])
    live.follow((next) => files.watch([next.file, ...next.files]))
  }
  const certificates = new CertificateWatch(() => live.config.listeners, log)
  live.follow(() => certificates.look())
  live.follow((next) => log.configure(next.logLevels))
  live.follow(() => logs.reopen())
  const drain = new AbortController()
  const stop = (): void => (worker === undefined ? drain.abort('drain') : worker.leave('drain'))
  const others = cluster && askedNodes(router, worker?.routerPlace ?? alone(cluster.options.by.node))
  const admin = new AdminApi({ router, log, live, stop, others })
  answerOthers(router, (question) => admin.answer(question))
  live.follow((next) => admin.settle(next.document.admin?.realm))
  let removePidFile = (): void => {}
  try {
    if (worker === undefined) {
      terminal.onHangup(() => {
        logs.reopen() // Also when the configuration has mistakes.
        reload('signal')
      })
      terminal.onRotation(() => logs.reopen())
    } else
      worker.follow({
        stop: (reason) => drain.abort(reason),
        rotate: () => logs.reopen(),
        answer: (question) => answer(question, { live, metrics }),
      })
    await runUntilStopped(router, AbortSignal.any([terminal.stop, drain.signal, failed.signal]), async () => {
      await router.untilJoined(othersOf(worker))
      await worker?.untilAllReady()
      await live.open()
      worker?.opened(router.listeners.map(({ address }) => address))
      // The file belongs to the process that listens, so it is written only after the listeners have opened.
      if (pidFile !== undefined && worker === undefined) removePidFile = writePidFile(pidFile)
    })
    failed.signal.throwIfAborted()
  } finally {
    files.stop()
    metrics.close()
    certificates.stop()
    admin.stop()
    removePidFile()
    relay?.close()
    await cluster?.close()
    await store?.close()
    await traces?.close()
    await logs.close()
  }
  log.info('stopped', { area: 'router', worker: worker?.place.node })
}

/** The other workers, of which each knows what this one has to know before it listens. */
function othersOf(worker: WorkerProcess | undefined): readonly string[] {
  return worker?.place.nodes.filter((node) => node !== worker.place.node) ?? []
}

/** A node whose router is one process. */
function alone(node: string): RouterPlace {
  return { node, router: node, workers: [], run: undefined, pid: process.pid, since: Date.now(), leads: () => true }
}

interface Answering {
  readonly live: LiveConfiguration
  readonly metrics: Metrics
}

/** What the first process asks a worker for. */
function answer(question: Question, { live, metrics }: Answering): unknown {
  switch (question.what) {
    case 'prepare':
      return live.prepare()
    case 'apply':
      return live.applyPrepared(question.cause)
    case 'forget':
      return live.noteFailed()
    case 'readings':
      return metrics.readings()
  }
}
