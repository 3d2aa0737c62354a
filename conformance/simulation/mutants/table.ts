// The table of mutants as a page.

import type { Fate } from './mutant.ts'

/** Makes the page. */
export function tableOf(fates: readonly Fate[], most: number): string {
  const found = fates.filter(({ seed }) => seed !== undefined).length
  return `# Faults that the simulation finds

Made by \`npm run mutants\`: each fault is put alone into the router or the client, and worlds are simulated, from seed 1 on and ${most.toLocaleString('en')} at most, until one
shows it that passes without the fault. **${found} of ${fates.length} were found.** "By" is the promise that was broken first; \`model\` is a difference from the model of the protocol.

| fault | file | found by seed | by |
|---|---|---|---|
${fates.map(({ mutant, seed, by }) => `| ${mutant.name} | \`${mutant.file}\` | ${seed ?? 'not found'} | ${by} |`).join('\n')}
`
}
