// The admin API as the operator's commands use it.

import type { Api } from '@trunkline/contract'
import type { ClientOptions } from '../client-session.ts'
import { withSession } from '../client-session.ts'
import type { Terminal } from '../terminal.ts'
import { orStopped } from '../waiting.ts'
import { adminApi } from './admin-contract.ts'

/** Waits for an answer, until the user stops the command or the time limit ends. */
export type Answered = <T>(answer: PromiseLike<T>) => Promise<T>

/** Opens a session, runs `use` with the API, and leaves with GOODBYE however `use` ends. Rejects as {@link withSession}. */
export function withAdminApi(
  options: ClientOptions,
  terminal: Terminal,
  use: (api: Api<typeof adminApi>, answered: Answered) => Promise<void>,
): Promise<void> {
  const answered: Answered = (answer) => orStopped(Promise.resolve(answer), terminal.stop, options.timeout)
  return withSession(options, terminal, (session) => use(session.use(adminApi), answered))
}

/** Says on standard error which nodes have not answered. */
export function complainOfMissing(missing: readonly string[], terminal: Terminal): void {
  if (missing.length > 0) terminal.complain(`warning: no answer from ${missing.join(', ')}: what only they know is left out\n`)
}
