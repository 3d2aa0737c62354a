// `trunkline check`: prints every mistake of a configuration. It opens no listener.

import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Reads the file, the environment and the files that it names, as \`trunkline start\` does. Ends with exit code 2 if there is a mistake.

Examples:
  trunkline check
  trunkline check /etc/wamp/trunkline.yaml`

/** Adds the command to the program. */
export function defineCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .description('Check a configuration and print every mistake.')
    .argument('[file]', 'the configuration (default: trunkline.yaml, .yml, .json or trunkline.config.mjs, .ts in this folder)')
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined) => check(file, terminal))
}

async function check(given: string | undefined, terminal: Terminal): Promise<void> {
  const [{ configFile }, { warningsOf }] = await Promise.all([import('../config/source.ts'), import('../config/warnings.ts')])
  const file = configFile(given)
  const config = await checkedConfig(file)
  for (const warning of warningsOf(config)) terminal.complain(`warning: ${warning}\n`)
  const { listeners, router } = config
  const realms = Object.keys(router.realms)
  const { endingCertificates, endingText } = await import('../certificates.ts')
  for (const ending of endingCertificates(listeners, Date.now())) terminal.complain(`warning: ${endingText(ending)}\n`)
  terminal.print(`${file} is fine: ${counted(listeners.length, 'listener')}, ${counted(realms.length, 'realm')}\n`)
}

/**
 * The configuration of a file, with which a router can start.
 * @throws {UsageError} (rejects) with every mistake
 */
export async function checkedConfig(file: string): Promise<Config> {
  const { loadConfig, tryOut } = await import('../config/config.ts')
  const config = await loadConfig(file)
  tryOut(config)
  if (config.document.tracing !== undefined) await (await import('../traces.ts')).needPackages()
  if (config.cluster !== undefined) await (await import('../cluster.ts')).needNats()
  if (config.store !== undefined) await (await import('../store.ts')).needStore(config.store)
  return config
}

/** A number with the noun in singular or plural. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
