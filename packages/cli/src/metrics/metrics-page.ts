// The reference of the metrics as Markdown: every metric with type, labels and meaning. It is made from the tables alone.

import type { MetricTable } from '@trunkline/router'
import { PROCESS_METRICS, ROUTER_METRICS } from '@trunkline/router'
import { COMMAND_METRICS } from './command-table.ts'

/** The page without its first line. */
export function metricsReferencePage(): string {
  return `# Metrics

Every metric that a router exposes for Prometheus; the [guide](../guide/observe.md) says how it is served and what to do with it. The names follow the conventions of Prometheus: base units, and \`_total\` for what only
grows until the router stops.

## The router

${tableOf(ROUTER_METRICS)}

## The process

${tableOf(PROCESS_METRICS)}

## The command \`trunkline start\`

${tableOf(COMMAND_METRICS)}
`
}

function tableOf(table: MetricTable): string {
  const rows = Object.entries(table).map(([name, { type, labels, help }]) => {
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`
  })
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n')
}
