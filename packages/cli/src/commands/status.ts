// `trunkline status`: the state of a running router.

import type { Out } from '@trunkline/contract'
import type { Command } from 'commander'
import type { adminApi } from '../admin/admin-contract.ts'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions } from '../client-session.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Examples:
  trunkline status
  trunkline status --url wss://router.example.com/ws --login ticket --authid operator
  trunkline status --json`

/** Adds the command to the program. */
export function defineStatus(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('status'))
    .description('Print the state of a running router: version, sessions, memory, delay of the event loop, counters.')
    .addHelpText('after', HELP)
    .action((options: ClientOptions) => status(options, terminal))
}

type Status = Out<typeof adminApi.view.status.spec.result>

async function status(options: ClientOptions, terminal: Terminal): Promise<void> {
  const { withAdminApi } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (api, answered) => {
    const found = await answered(api.view.status())
    terminal.print(options.json === true ? `${JSON.stringify(found)}\n` : textOf(found))
  })
}

function textOf(found: Status): string {
  const { memory, event_loop_delay_ms: delay, listeners } = found
  const counted = Object.entries(found.counters as Record<string, number>).filter(([, value]) => value > 0)
  const lines = [
    ['router', `Trunkline ${found.version}, Node ${found.node}, process ${found.pid}, ${found.state}`],
    ['since', `${found.since} (${spanText(found.uptime_seconds)})`],
    ['listeners', listeners.join(', ')],
    ['open', `${found.sessions} sessions in ${found.realms} realms, ${found.procedures} procedures, ${found.topics} topics`],
    ['memory', `${mebibytes(memory.rss)} MiB, of them heap ${mebibytes(memory.heap_used)} of ${mebibytes(memory.heap_total)} MiB`],
    ['event loop', `late by ${delay.mean} ms on average, ${delay.p99} ms at most for 99 %, ${delay.max} ms at most`],
    ['processor', `${found.cpu_seconds} s`],
    ['log level', found.log_level],
    ...counted.map(([name, value], i) => [i === 0 ? 'counted' : '', `${name} ${value}`]),
  ]
  return lines.map(([title = '', text = '']) => `${title.padEnd(11)} ${text}\n`).join('')
}

function mebibytes(octets: number): number {
  return Math.round(octets / 1_048_576)
}

/** `3 d 4 h`, `5 min 3 s`. */
function spanText(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
