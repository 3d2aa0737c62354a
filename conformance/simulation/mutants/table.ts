// Writes the table of mutants as a page, and reads it again, so that a part of the list can be run alone.

import type { PlacedMutant } from '../../mutation/placing.ts'
import type { Fate } from './mutant.ts'

/** What the table says of a fault. */
type Known = Pick<Fate, 'seed' | 'by'>

const ROW = /^\| (?<name>[^|]+) \| `[^`]+` \| (?<seed>\d+|test|not found|not run) \| (?<by>[^|]*?) ?\|$/

/** What a page says, by the names of the faults. */
export function readTable(page: string): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const line of page.split('\n')) {
    const { name, seed, by = '' } = ROW.exec(line)?.groups ?? {}
    if (name !== undefined && seed !== 'not run')
      known.set(name, { seed: seed === 'not found' ? undefined : seed === 'test' ? seed : Number(seed), by })
  }
  return known
}

/** Makes the page of all faults and of what is known of them. */
export function tableOf(placed: readonly PlacedMutant[], known: ReadonlyMap<string, Known>, most: number): string {
  const run = placed.flatMap(({ mutant }) => known.get(mutant.name) ?? [])
  const found = run.filter(({ seed }) => seed !== undefined).length
  const rest = placed.length - run.length
  const row = ({ mutant: { name }, file }: PlacedMutant): string => {
    const fate = known.get(name)
    const seed = fate === undefined ? 'not run' : (fate.seed ?? 'not found')
    return `| ${name} | \`${shortPath(file)}\` | ${seed} | ${fate?.by ?? ''} |`
  }
  return `# Faults that the simulation finds

Made by \`npm run mutants\`: each fault is put alone into the router or the client, and worlds are simulated, from seed 1 on and ${most.toLocaleString('en')} at most
(of several nodes 3,000), until one shows it that passes without the fault; what a world does not show has a test that is run instead ("test"). **${found} of ${run.length} were found${rest === 0 ? '' : `; ${rest} more were not run to the end`}.** "By" is the promise that was broken first; \`model\` is a difference from the model of the protocol.

| fault | file | found by seed | by |
|---|---|---|---|
${placed.map(row).join('\n')}
`
}

/** `router/core/calls.ts` for `packages/router/src/core/calls.ts`. */
export function shortPath(file: string): string {
  return file.replace(/^packages\/([^/]+)\/src\//, '$1/')
}
