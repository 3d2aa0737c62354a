// The queries of a dashboard. Pure.

/** The queries of a dashboard, with values in place of Grafana's variables. */
export function dashboardExpressions(json: string): string[] {
  const { panels } = JSON.parse(json) as { readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[] }
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')))
}
