// `trunkline status`: the state of a running router.

import type { Out } from '@trunkline/contract'
import type { Command } from 'commander'
import type { adminApi } from '../admin/admin-contract.ts'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions } from '../client-session.ts'
import { spanText } from '../quantities.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Examples:
  trunkline status
  trunkline status --url wss://router.example.com/ws --login ticket --authid operator
  trunkline status --json`

/** Adds the command to the program. */
export function defineStatus(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('status'))
    .description(
      'Print the state of a running router, and of all nodes of its cluster: version, sessions, memory, delay of the event loop, counters.',
    )
    .summary('Print version, load, memory and counters of a router.')
    .addHelpText('after', HELP)
    .action((options: ClientOptions) => status(options, terminal))
}

type Status = Out<typeof adminApi.view.status.spec.result>
type NodeLink = Out<typeof adminApi.view.nodes.spec.result>['nodes'][number]

async function status(options: ClientOptions, terminal: Terminal): Promise<void> {
  const { withAdminApi } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (api, answered) => {
    const [found, { nodes }] = await answered(Promise.all([api.view.status(), api.view.nodes()]))
    terminal.print(options.json === true ? `${JSON.stringify({ ...found, links: nodes })}\n` : textOf(found, nodes))
  })
}

function textOf(found: Status, links: readonly NodeLink[]): string {
  const { memory, event_loop_delay_ms: delay, listeners } = found
  const counted = Object.entries(found.counters).filter(([, value]) => value > 0)
  const lines = [
    ['router', `Trunkline ${found.version}, Node ${found.node_version}, process ${found.pid}, ${found.state}`],
    ['since', `${found.since} (${spanText(found.uptime_seconds)})`],
    ['listeners', listeners.join(', ')],
    ['open', `${found.sessions} sessions in ${found.realms} realms, ${found.procedures} procedures, ${found.topics} topics`],
    ['memory', `${mebibytes(memory.rss)} MiB, of them heap ${mebibytes(memory.heap_used)} of ${mebibytes(memory.heap_total)} MiB`],
    ['event loop', `late by ${delay.mean} ms on average, ${delay.p99} ms at most for 99 %, ${delay.max} ms at most`],
    ['processor', `${found.cpu_seconds} s`],
    ['log level', [found.log_level, ...Object.entries(found.log_areas).map(([area, level]) => `${area} ${level}`)].join(', ')],
    ...nodeLines(found, links).map((line, i) => [i === 0 ? 'nodes' : '', line]),
    ...links.flatMap(warningsOf).map((line, i) => [i === 0 ? 'warnings' : '', line]),
    ...counted.map(([name, value], i) => [i === 0 ? 'counted' : '', `${name} ${value}`]),
  ]
  return lines.map(([title = '', text = '']) => `${title.padEnd(11)} ${text}\n`).join('')
}

/** A line for each node: what it told, or that it did not answer. */
function nodeLines({ nodes, missing, version }: Status, links: readonly NodeLink[]): readonly string[] {
  const rows = nodes.map((row) => {
    const { node, host, own, pid, state, sessions, memory, event_loop_delay_ms: delay } = row
    const link = links.find((each) => each.node === node)
    const about = [
      own ? undefined : `on ${host}`,
      `process ${pid}`,
      state === 'running' ? undefined : state,
      row.version === version ? undefined : `Trunkline ${row.version}`,
    ]
    const load = [`${sessions} sessions`, `${mebibytes(memory.rss)} MiB`, `late by ${delay.p99} ms at most for 99 %`]
    const path = link === undefined ? [] : [`link ${link.round_trip_ms.toFixed(1)} ms, ${link.queued_bytes} octets wait`]
    return `${[node, ...about].filter((each) => each !== undefined).join(', ')}: ${[...load, ...path].join(', ')}`
  })
  const silent = missing.map((node) => {
    const { host, state } = links.find((each) => each.node === node) ?? {}
    return [node, host === undefined ? undefined : `on ${host}`, `no answer${state === undefined || state === 'up' ? '' : `, ${state}`}`]
      .filter((each) => each !== undefined)
      .join(', ')
  })
  return [...rows, ...silent]
}

/** What an operator has to mend. */
function warningsOf({ node, state, clock_ahead_ms: ahead, other_settings: other }: NodeLink): readonly string[] {
  return [
    ...(other.length === 0 ? [] : [`${node} serves ${other.join(', ')} by other settings`]),
    ...(Math.abs(ahead) < CLOCKS_MS || state === 'left' ? [] : [`the clock of ${node} is ${(ahead / 1_000).toFixed(1)} s ahead`]),
    ...(state === 'incompatible' ? [`${node} speaks no version of the protocol between nodes that this one speaks`] : []),
  ]
}

const CLOCKS_MS = 5_000

function mebibytes(octets: number): number {
  return Math.round(octets / 1_048_576)
}
