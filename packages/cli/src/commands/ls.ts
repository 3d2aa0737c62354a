// `trunkline ls`: the realms, sessions, procedures or topics of a running router.

import type { Api, Out } from '@trunkline/contract'
import type { Command } from 'commander'
import type { adminApi } from '../admin/admin-contract.ts'
import type { Answered } from '../admin/admin-session.ts'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions, positiveInteger } from '../client-session.ts'
import type { Terminal } from '../terminal.ts'
import type { Column } from '../text-table.ts'
import { textTable } from '../text-table.ts'

const HELP = `
Examples:
  trunkline ls sessions --search 10.0.0. --in com.example.shop
  trunkline ls sessions --slow
  trunkline ls procedures --search orders --json`

interface ListOptions extends ClientOptions {
  readonly in?: string
  readonly search?: string
  readonly most: number
  readonly user?: string
  readonly role?: string
  readonly slow?: true
}

type Router = Api<typeof adminApi>
type View = typeof adminApi.view
type SessionRow = Out<View['sessions']['spec']['result']>['sessions'][number]
type ProcedureRow = Out<View['procedures']['spec']['result']>['procedures'][number]
type TopicRow = Out<View['topics']['spec']['result']>['topics'][number]
type RealmRow = Out<View['realms']['spec']['result']>['realms'][number]

/** A kind of thing that can be listed. */
interface Listed<Row> {
  /** What it is, for the help. */
  readonly about: string
  readonly columns: readonly Column<Row>[]
  readonly page: (router: Router, options: ListOptions, place: Place) => PromiseLike<ListPage<Row>>
}

interface Place {
  readonly after: string | undefined
  readonly limit: number
}

interface ListPage<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
  readonly missing: readonly string[]
}

const SESSIONS: Listed<SessionRow> = {
  about: 'the sessions, with what is queued for them',
  columns: [
    { title: 'SESSION', of: (row) => String(row.session) },
    { title: 'REALM', of: (row) => row.realm },
    { title: 'AUTHID', of: (row) => row.authid },
    { title: 'ROLE', of: (row) => row.authrole },
    { title: 'PEER', of: (row) => row.address ?? row.peer },
    { title: 'BY', of: (row) => `${row.transport} ${row.serializer}` },
    { title: 'SINCE', of: (row) => row.since.slice(0, 19) },
    { title: 'IN', of: (row) => row.messages_in },
    { title: 'OUT', of: (row) => row.messages_out },
    { title: 'QUEUED', of: (row) => row.queued_bytes },
    { title: 'DROPPED', of: (row) => row.dropped_events },
    { title: 'STALLED', of: (row) => row.seconds_without_progress },
    { title: 'NODE', of: (row) => row.node },
    { title: 'AGENT', of: (row) => row.agent },
  ],
  page: async ({ view }, { user, role, search, slow, ...options }, place) => {
    const { sessions, next, missing } = await view.sessions({ realm: options.in, authid: user, authrole: role, search, slow, ...place })
    return { rows: sessions, next, missing }
  },
}

const PROCEDURES: Listed<ProcedureRow> = {
  about: 'the registered procedures, with their calls',
  columns: [
    { title: 'PROCEDURE', of: (row) => row.procedure },
    { title: 'MATCH', of: (row) => row.match },
    { title: 'REALM', of: (row) => row.realm },
    { title: 'CALLEES', of: (row) => row.callees },
    { title: 'CALLS', of: (row) => row.calls },
    { title: 'ERRORS', of: (row) => row.errors },
  ],
  page: async ({ view }, options, place) => {
    const { procedures, next, missing } = await view.procedures({ realm: options.in, search: options.search, ...place })
    return { rows: procedures, next, missing }
  },
}

const TOPICS: Listed<TopicRow> = {
  about: 'the topics that are subscribed to, with their events',
  columns: [
    { title: 'TOPIC', of: (row) => row.topic },
    { title: 'MATCH', of: (row) => row.match },
    { title: 'REALM', of: (row) => row.realm },
    { title: 'SUBSCRIBERS', of: (row) => row.subscribers },
    { title: 'PUBLICATIONS', of: (row) => row.publications },
    { title: 'DELIVERIES', of: (row) => row.deliveries },
    { title: 'DROPPED', of: (row) => row.dropped_events },
    { title: 'GAPS', of: (row) => row.gaps },
  ],
  page: async ({ view }, options, place) => {
    const { topics, next, missing } = await view.topics({ realm: options.in, search: options.search, ...place })
    return { rows: topics, next, missing }
  },
}

const REALMS: Listed<RealmRow> = {
  about: 'the realms',
  columns: [
    { title: 'REALM', of: (row) => row.realm },
    { title: 'SESSIONS', of: (row) => row.sessions },
    { title: 'PROCEDURES', of: (row) => row.procedures },
    { title: 'TOPICS', of: (row) => row.topics },
  ],
  page: async ({ view }, _, place) => {
    const { realms, next } = await view.realms(place)
    return { rows: realms, next, missing: [] }
  },
}

/** Adds the commands to the program. */
export function defineLs(program: Command, terminal: Terminal): void {
  const ls = program
    .command('ls')
    .description('List sessions, procedures, topics or realms of a running router, with those of all nodes of its cluster.')
    .summary('List sessions, procedures, topics or realms of a router.')
    .addHelpText('after', HELP)
  const sessions = define(ls, 'sessions', SESSIONS, terminal)
  withIn(sessions)
    .option('--user <authid>', 'only sessions of this user')
    .option('--role <authrole>', 'only sessions with this role')
    .option('--search <text>', 'only those with this text in authid, role, agent or address')
    .option('--slow', 'only those that do not read as fast as they should')
  withIn(define(ls, 'procedures', PROCEDURES, terminal)).option(...SEARCH_URI)
  withIn(define(ls, 'topics', TOPICS, terminal)).option(...SEARCH_URI)
  define(ls, 'realms', REALMS, terminal)
}

const SEARCH_URI = ['--search <text>', 'only URIs with this text'] as const

function withIn(command: Command): Command {
  return command.option('--in <realm>', 'only in this realm')
}

function define<Row>(ls: Command, name: string, listed: Listed<Row>, terminal: Terminal): Command {
  return addAdminOptions(ls.command(name))
    .description(`List ${listed.about}.`)
    .option('--most <n>', 'the most to list', positiveInteger, 1_000)
    .action((options: ListOptions) => list(listed, options, terminal))
}

async function list<Row>(listed: Listed<Row>, options: ListOptions, terminal: Terminal): Promise<void> {
  const { withAdminApi, complainOfMissing } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (router, answered) => {
    const { rows, isWhole, missing } = await allPages(listed, router, options, answered)
    if (options.json === true) for (const row of rows) terminal.print(`${JSON.stringify(row)}\n`)
    else terminal.print(textTable(rows, listed.columns))
    complainOfMissing(missing, terminal)
    if (!isWhole) terminal.complain(`warning: there may be more than these ${rows.length}; --most lists more\n`)
  })
}

async function allPages<Row>(listed: Listed<Row>, router: Router, options: ListOptions, answered: Answered) {
  const rows: Row[] = []
  const missing = new Set<string>()
  let next: string | null | undefined
  do {
    const limit = Math.min(LONGEST_PAGE, options.most - rows.length)
    const page: ListPage<Row> = await answered(listed.page(router, options, { after: next ?? undefined, limit }))
    rows.push(...page.rows)
    for (const node of page.missing) missing.add(node)
    next = page.next
  } while (next !== null && rows.length < options.most)
  return { rows, isWhole: next === null, missing: [...missing] }
}

const LONGEST_PAGE = 200
