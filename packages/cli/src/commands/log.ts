// `trunkline log`: which lines a running router logs.

import type { Command } from 'commander'
import type { LogArea } from '@trunkline/router'
import { UsageError } from '@trunkline/client'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions } from '../client-session.ts'
import { LOG_LEVELS, type Threshold } from '../leveled-log.ts'
import { AREAS, LOG_AREAS } from '../log-areas.ts'
import { didYouMean } from '../nearest.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Levels: debug (what single clients do), info (changes), warn (incidents), error (faults), off; default: as the configuration says.

Areas:
${AREAS.map((area) => `  ${area.padEnd(14)} ${LOG_AREAS[area]}`).join('\n')}

Examples:
  trunkline log level                  prints the levels
  trunkline log level warn             incidents and faults only, until the router is stopped
  trunkline log level rights debug     each request that is refused
  trunkline log level default          as the configuration says`

/** Adds the command to the program. */
export function defineLog(program: Command, terminal: Terminal): void {
  const log = program.command('log').description('See and change what a running router logs.')
  addAdminOptions(log.command('level'))
    .usage('[options] [[AREA] LEVEL]')
    .description('Print the levels of the log, or set the one of an area or of all areas until the router is stopped.')
    .argument('[words...]', 'an area, if the level is only for it, and a level')
    .addHelpText('after', HELP)
    .action((words: readonly string[], options: ClientOptions) => logLevel(wishOf(words), options, terminal))
}

interface Wish {
  readonly level: Threshold | 'default'
  readonly area: LogArea | undefined
}

/** @throws {UsageError} when a word is neither an area nor a level */
function wishOf(words: readonly string[]): Wish | undefined {
  const [first, second, ...more] = words
  if (first === undefined) return undefined
  if (more.length > 0) throw new UsageError(`one area and one level are expected, not ${words.length} words`)
  return second === undefined
    ? { level: known('level', first, LEVELS), area: undefined }
    : { area: known('area', first, AREAS), level: known('level', second, LEVELS) }
}

function known<Word extends string>(what: string, word: string, words: readonly Word[]): Word {
  const found = words.find((each) => each === word)
  if (found !== undefined) return found
  throw new UsageError(`'${word}' is no ${what} of the log${didYouMean(word, words) || `; known are ${words.join(', ')}`}`)
}

const LEVELS = [...LOG_LEVELS, 'default'] as const

async function logLevel(wish: Wish | undefined, options: ClientOptions, terminal: Terminal): Promise<void> {
  const { withAdminApi, complainOfMissing } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (api, answered) => {
    if (wish !== undefined) {
      const { missing, ...changed } = await answered(api.setLogLevel(wish.level, { area: wish.area }))
      complainOfMissing(missing, terminal)
      return terminal.print(options.json === true ? `${JSON.stringify(changed)}\n` : `${changed.level}\n`)
    }
    const { log_level: level, log_areas: areas } = await answered(api.view.status())
    if (options.json === true) return terminal.print(`${JSON.stringify({ level, areas })}\n`)
    const lines = Object.entries(areas as Readonly<Record<string, string>>).map(([area, own]) => `${area} ${own}\n`)
    terminal.print(`${level}\n${lines.join('')}`)
  })
}
