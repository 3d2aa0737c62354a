// `trunkline config`: shows a configuration with all defaults, and the schema for editors.

import type { Command } from 'commander'
import { stringify } from 'yaml'
import type { Terminal } from '../terminal.ts'

/** Adds the command to the program. */
export function defineConfigCommand(program: Command, terminal: Terminal): void {
  const config = program
    .command('config')
    .description('Print a configuration with every default, or the schema of the configuration.')
    .summary('Print a configuration with every default, or its schema.')
  config
    .command('show')
    .description('Print a configuration as YAML, with every default and without secrets.')
    .argument('[file]', 'the configuration (default: trunkline.yaml, .yml, .json or trunkline.config.mjs, .ts in this folder)')
    .option('--json', 'print JSON in place of YAML')
    .action((file: string | undefined, { json }: { readonly json?: true }) => show(file, json === true, terminal))
  config
    .command('schema')
    .description('Print the JSON Schema (2020-12) of the configuration, for editors.')
    .addHelpText('after', SCHEMA_HELP)
    .action(() => schema(terminal))
}

const SCHEMA_HELP = `
Editors with the YAML language server complete and check a file that begins with

  # yaml-language-server: $schema=./trunkline.schema.json

after \`trunkline config schema > trunkline.schema.json\`; the package contains the same schema as trunkline/config.schema.json.`

async function show(given: string | undefined, asJson: boolean, terminal: Terminal): Promise<void> {
  const [{ loadConfig }, { configFile }, { effective }, { CONFIG_SCHEMA }] = await Promise.all([
    import('../config/config.ts'),
    import('../config/source.ts'),
    import('../config/show.ts'),
    import('../config/schema.ts'),
  ])
  const { document } = await loadConfig(configFile(given))
  const shown = effective(document, CONFIG_SCHEMA)
  terminal.print(asJson ? `${JSON.stringify(shown, null, 2)}\n` : stringify(shown, { aliasDuplicateObjects: false }))
}

async function schema(terminal: Terminal): Promise<void> {
  const { configJsonSchema } = await import('../config/json-schema.ts')
  terminal.print(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
}
