// `trunkline top`: a running router live in the terminal, its sessions, procedures or topics by what they do.

import type { Api } from '@trunkline/contract'
import type { Command } from 'commander'
import type { adminApi } from '../admin/admin-contract.ts'
import type { Answered } from '../admin/admin-session.ts'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions, duration, oneOf, positiveInteger } from '../client-session.ts'
import type { Screen } from '../screen.ts'
import type { Terminal } from '../terminal.ts'
import type { Look } from '../top/look.ts'
import { ratesOf, rowsOf, sorted } from '../top/look.ts'
import type { Choice } from '../top/picture.ts'
import { columnsOf, listLines, overview, picture } from '../top/picture.ts'
import type { TableName } from '../top/tables.ts'
import { listed, TABLES } from '../top/tables.ts'
import { Interrupted, orStopped } from '../waiting.ts'

const HELP = `
In a terminal it draws again and again; keys: s p t for sessions, procedures and topics, < > for the column to sort by, r to reverse,
space to pause, q to quit. Elsewhere, or with --once, it prints what happened in one interval.

Examples:
  trunkline top
  trunkline top procedures --in com.example.shop
  trunkline top sessions --sort OUT/s --once
  trunkline top topics --json --interval 10s`

interface TopOptions extends ClientOptions {
  readonly in?: string
  readonly sort?: string
  readonly interval: number
  readonly most: number
  readonly once?: true
}

/** Adds the command to the program. */
export function defineTop(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('top'))
    .description('Watch a running router in the terminal: sessions, procedures or topics by what they do.')
    .summary('Watch in the terminal what a router does, and who makes it.')
    .argument('[list]', `the list to begin with: ${TABLES.join(', ')}`, (value) => oneOf(TABLES, value), 'procedures')
    .option('--in <realm>', 'only in this realm')
    .option('--sort <column>', 'the column to sort by, by its title (default: the first)')
    .option('--interval <duration>', 'how often it looks', duration, 2_000)
    .option('--most <n>', 'the most entries that it looks at, oldest first', positiveInteger, 1_000)
    .option('--once', 'print what happened in one interval, and end')
    .addHelpText('after', HELP)
    .action((list: TableName, options: TopOptions) => top(list, options, terminal))
}

async function top(table: TableName, options: TopOptions, terminal: Terminal): Promise<void> {
  const { withAdminApi } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (router, answered) => {
    const looker = new Looker(router, answered, options)
    const { screen } = terminal
    const isLive = screen !== undefined && options.once === undefined && options.json === undefined
    const choice: Choice = { table, column: options.sort, isReversed: false, isPaused: false }
    if (isLive) return new Live(looker, choice, { screen, terminal, intervalMs: options.interval }).run()
    return printed(looker, choice, options, terminal)
  })
}

/** Looks at a router. */
class Looker {
  readonly #router: Api<typeof adminApi>
  readonly #answered: Answered
  readonly #options: TopOptions

  constructor(router: Api<typeof adminApi>, answered: Answered, options: TopOptions) {
    this.#router = router
    this.#answered = answered
    this.#options = options
  }

  async look(table: TableName): Promise<Look> {
    const { in: realm, most } = this.#options
    const [status, list] = await this.#answered(Promise.all([this.#router.view.status(), listed(this.#router, table, { realm, most })]))
    return { at: performance.now(), status, list }
  }
}

/** Prints what happens, once or as lines of JSON until the user stops the command. */
async function printed(looker: Looker, choice: Choice, { interval, once, json }: TopOptions, terminal: Terminal): Promise<void> {
  let before = await looker.look(choice.table)
  do {
    if (!(await isOver(interval, terminal))) return
    const now = await looker.look(choice.table)
    const rows = rowsOf(before, now)
    const by = choice.column ?? columnsOf(rows)[0] ?? ''
    const document = { status: now.status, rates: ratesOf(before, now), [choice.table]: sorted(rows, by, false), total: now.list.total }
    const lines = json === true ? [JSON.stringify(document)] : [...overview(before, now), ...listLines(before, now, choice)]
    terminal.print(`${lines.join('\n')}\n`)
    before = now
  } while (once === undefined && json === true && !terminal.unread.aborted)
}

/** Waits. @returns false when the user stopped the command meanwhile, which is no error here */
async function isOver(milliseconds: number, terminal: Terminal): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  try {
    await orStopped(waited, terminal.stop)
    return true
  } catch (error) {
    if (error instanceof Interrupted) return false
    throw error
  } finally {
    clearTimeout(timer)
  }
}

interface Stage {
  readonly screen: Screen
  readonly terminal: Terminal
  readonly intervalMs: number
}

/** The screen, drawn again at each look and each key. */
class Live {
  readonly #looker: Looker
  readonly #stage: Stage
  #choice: Choice
  #before: Look | undefined
  #now: Look | undefined
  #wake = (): void => undefined
  #isOver = false

  constructor(looker: Looker, choice: Choice, stage: Stage) {
    this.#looker = looker
    this.#choice = choice
    this.#stage = stage
  }

  async run(): Promise<void> {
    const { screen, terminal } = this.#stage
    const close = screen.open({ onKey: (key) => this.#onKey(key), onResize: () => this.#draw() })
    const onStop = (): void => {
      this.#isOver = true
      this.#wake()
    }
    terminal.stop.addEventListener('abort', onStop)
    try {
      while (!this.#isOver && !terminal.stop.aborted) await this.#lookAgain()
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
    } finally {
      terminal.stop.removeEventListener('abort', onStop)
      close()
    }
  }

  async #lookAgain(): Promise<void> {
    const { table, isPaused } = this.#choice
    if (!isPaused || this.#now === undefined) {
      const look = await this.#looker.look(table)
      // Another list was chosen meanwhile.
      if (table !== this.#choice.table) return
      this.#before = this.#now ?? look
      this.#now = look
      this.#draw()
    }
    if (!this.#isOver) await this.#pause()
  }

  /** Until the next look, or until a key needs one. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#stage.intervalMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #onKey(key: string): void {
    const table = TABLE_KEYS[key]
    if (key === 'q') {
      this.#isOver = true
      this.#wake()
    } else if (table !== undefined) this.#show(table)
    else if (key === ' ') this.#choose({ isPaused: !this.#choice.isPaused })
    else if (key === 'r') this.#choose({ isReversed: !this.#choice.isReversed })
    else if (key in STEPS) this.#choose({ column: this.#columnBeside(STEPS[key] ?? 0) })
  }

  #show(table: TableName): void {
    if (table === this.#choice.table) return
    this.#before = this.#now = undefined
    this.#choice = { ...this.#choice, table, column: undefined }
    this.#wake()
  }

  #choose(change: Partial<Choice>): void {
    this.#choice = { ...this.#choice, ...change }
    this.#draw()
  }

  #columnBeside(step: number): string | undefined {
    if (this.#before === undefined || this.#now === undefined) return undefined
    const columns = columnsOf(rowsOf(this.#before, this.#now))
    const at = Math.max(0, columns.indexOf(this.#choice.column ?? ''))
    return columns[Math.min(columns.length - 1, Math.max(0, at + step))]
  }

  #draw(): void {
    if (this.#before === undefined || this.#now === undefined) return
    const { screen } = this.#stage
    const lines = picture(this.#before, this.#now, this.#choice, screen)
    screen.draw(`${HOME}${lines.map((line) => `${line}${TO_END_OF_LINE}`).join('\r\n')}${TO_END_OF_SCREEN}`)
  }
}

const TABLE_KEYS: Readonly<Record<string, TableName>> = { s: 'sessions', p: 'procedures', t: 'topics' }
/** Keys, also the arrows. */
const STEPS: Readonly<Record<string, number>> = { '<': -1, '>': 1, '\u001b[D': -1, '\u001b[C': 1 }
const HOME = '\u001b[H'
const TO_END_OF_LINE = '\u001b[K'
const TO_END_OF_SCREEN = '\u001b[J'
