// Who may get a publication by the lists of its publisher, as the protocol says it.

/** A session, as lists name it. */
export interface Named {
  readonly session: number
  readonly authid: string
  readonly role: string
}

/** What a publisher sent. */
export interface SentOptions {
  /** The connection of the publisher. */
  readonly from: number
  readonly options: Readonly<Record<string, unknown>>
}

export function isEligible(connection: number, { session, authid, role }: Named, { from, options }: SentOptions): boolean {
  if (connection === from && options['exclude_me'] !== false) return false
  const { exclude, exclude_authid, exclude_authrole, eligible, eligible_authid, eligible_authrole } = options as Record<string, unknown[]>
  if (exclude?.includes(session) || exclude_authid?.includes(authid) || exclude_authrole?.includes(role)) return false
  return eligible?.includes(session) !== false && eligible_authid?.includes(authid) !== false && eligible_authrole?.includes(role) !== false
}
