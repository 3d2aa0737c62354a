// The text of a users' file: finds, adds, changes and removes users by their lines, and leaves all other lines as they are.

import { UsageError } from '@trunkline/client'
import { didYouMean } from '../nearest.ts'

/** A user as a line has it. */
export interface UserLine {
  readonly authid: string
  readonly [key: string]: unknown
}

/** The lines of one users' file. */
export class UserLines {
  readonly #file: string
  readonly #lines: readonly string[]
  /** The place of the line of each user. */
  readonly #places = new Map<string, number>()

  /**
   * @param file the name in messages
   * @throws {UsageError} when a line is no user, without its content
   */
  constructor(text: string, file: string) {
    this.#file = file
    this.#lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
    for (const [i, line] of this.#lines.entries()) if (line.trim() !== '') this.#places.set(this.#read(i, line).authid, i)
  }

  /** The users, in the order of their lines. */
  get users(): readonly UserLine[] {
    return [...this.#places.values()].map((i) => this.#read(i, this.#lines[i] ?? ''))
  }

  /**
   * A user.
   * @throws {UsageError} when there is none
   */
  user(authid: string): UserLine {
    const place = this.#placeOf(authid)
    return this.#read(place, this.#lines[place] ?? '')
  }

  /**
   * The text with a further user.
   * @throws {UsageError} when there is one of this name
   */
  with(user: UserLine): string {
    const place = this.#places.get(user.authid)
    if (place !== undefined) throw new UsageError(`${this.#file}:${place + 1}: there is a user '${user.authid}' already`)
    const text = this.#lines.join('\n')
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${JSON.stringify(user)}\n`
  }

  /** The text with another line for a user. Throws as {@link user}. */
  withChanged(user: UserLine): string {
    return this.#lines.with(this.#placeOf(user.authid), JSON.stringify(user)).join('\n')
  }

  /** The text without a user. Throws as {@link user}. */
  without(authid: string): string {
    return this.#lines.toSpliced(this.#placeOf(authid), 1).join('\n')
  }

  #placeOf(authid: string): number {
    const place = this.#places.get(authid)
    if (place !== undefined) return place
    throw new UsageError(`${this.#file}: there is no user '${authid}'${didYouMean(authid, [...this.#places.keys()])}`)
  }

  #read(place: number, line: string): UserLine {
    const user = parsed(line) as UserLine | null | undefined
    if (typeof user === 'object' && user !== null && typeof user.authid === 'string') return user
    throw new UsageError(`${this.#file}:${place + 1}: expected a dict in JSON with the key authid`)
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // The error would quote the line, which holds secrets.
  }
}
