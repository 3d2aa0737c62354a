// Shows that the files of the example for Prometheus and Grafana name only metrics that its router exposes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Running } from '../testing/running-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-monitoring-'))
afterAll(() => rmSync(folder, { recursive: true }))

const read = (file: string): string => readFileSync(new URL(`../../../../examples/monitoring/${file}`, import.meta.url), 'utf8')

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string }[] }[]
}
interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[]
}

/** The metrics that queries name, without the suffixes of a histogram's series. */
function namesIn(queries: readonly string[]): readonly string[] {
  const names = queries.flatMap((query) => query.match(/\b(?:trunkline|process|nodejs)_\w+/g) ?? [])
  return [...new Set(names.map((name) => name.replace(/_seconds_(?:bucket|sum|count)$/, '_seconds')))].toSorted()
}

const rules = (parse(read('rules.yml')) as Rules).groups.flatMap((group) => group.rules)
const panels = (JSON.parse(read('dashboard.json')) as Dashboard).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

describe('the files for monitoring', () => {
  let exposed: ReadonlySet<string>

  beforeAll(async () => {
    const file = join(folder, 'trunkline.yaml')
    writeFileSync(file, read('trunkline.yaml').replaceAll(/port: \d+/g, 'port: 0'))
    const start = new Running(['start', '--config', file])
    const [, address = ''] = await start.shows(/"address":"(http:\/\/127\.0\.0\.1:\d+)/)
    const page = await (await fetch(`${address}/metrics`, { headers: { Connection: 'close' } })).text()
    exposed = new Set(Array.from(page.matchAll(/^# TYPE (\S+)/gm), ([, name = '']) => name))
    await start.interrupt()
  })

  it('have alerts and a dashboard whose every metric is exposed', () => {
    const names = namesIn([...rules.map(({ expr }) => expr), ...panels])
    expect(names.length).toBeGreaterThan(25)
    expect(names.filter((name) => !exposed.has(name))).toEqual([])
  })

  it('have alerts that use only recorded series that there are', () => {
    const recorded = rules.flatMap(({ record = [] }) => record)
    const used = [...rules.map(({ expr }) => expr), ...panels].flatMap((query) => query.match(/\btrunkline:\w+:\w+/g) ?? [])
    expect(used.filter((name) => !recorded.includes(name))).toEqual([])
  })

  it('have a job of the name that the alerts expect', () => {
    const { scrape_configs: jobs } = parse(read('prometheus.yml')) as { readonly scrape_configs: readonly { readonly job_name: string }[] }
    expect(jobs.map(({ job_name: name }) => name)).toEqual(['trunkline'])
    expect(rules.some(({ expr }) => expr.includes('up{job="trunkline"}'))).toBe(true)
  })
})
