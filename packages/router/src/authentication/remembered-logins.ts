// Which login each cookie stands for: a bounded table by the digest of the cookie, kept in a file if configured. Knows no
// connection and sets no cookie.

import type { Clock } from '../core/ports/index.ts'
import { LoginsFile } from './logins-file.ts'
import type { IssuedCookieOptions } from './options.ts'
import { sha256 } from './secrets.ts'

/** A login that a cookie stands for. */
export interface RememberedLogin {
  readonly authid: string
  readonly role: string
  /** The realm joined, where that differs from the realm of the login. */
  readonly realm?: string | undefined
  readonly provider: 'static' | 'dynamic'
  /** The method of the login. */
  readonly method: string
  /** A digest of the user's options at that time, keyed by the cookie; empty where the router does not know the user. */
  readonly proof: string
}

interface Entry extends RememberedLogin {
  /** SHA-256 of the cookie in hex. */
  readonly sum: string
  /** When it expires, in milliseconds since 1970. */
  readonly until: number
}

const DEFAULT_AGE_MS = 7 * 86_400_000
const DEFAULT_MOST = 10_000
/** Cookies of one user; a user with many logins displaces only cookies of its own. */
const MOST_OF_USER = 16

export class RememberedLogins {
  readonly #clock: Clock
  readonly #file: LoginsFile | undefined
  #ageMs: number
  #most: number
  /** By digest, in the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  readonly #ofUser = new Map<string, Set<string>>()
  #isChanged = false
  #lastSaved: Promise<void> = Promise.resolve()

  /** @throws {UsageError} when its file cannot be read */
  constructor(options: IssuedCookieOptions, clock: Clock) {
    this.#clock = clock
    this.#ageMs = options.ageMs ?? DEFAULT_AGE_MS
    this.#most = options.most ?? DEFAULT_MOST
    this.#file = options.file === undefined ? undefined : new LoginsFile(options.file)
    for (const value of this.#file?.read() ?? []) if (isEntry(value)) this.#add(value)
    this.#isChanged = false
  }

  /** The file that holds it. */
  get path(): string | undefined {
    return this.#file?.path
  }

  get size(): number {
    return this.#entries.size
  }

  /** How long a cookie is valid. */
  get ageMs(): number {
    return this.#ageMs
  }

  /** Changes the bounds; the age applies to later logins. */
  change({ ageMs = DEFAULT_AGE_MS, most = DEFAULT_MOST }: IssuedCookieOptions): void {
    this.#ageMs = ageMs
    this.#most = most
    this.#fit()
  }

  /** The login that a cookie stands for. */
  find(cookie: string): RememberedLogin | undefined {
    const entry = this.#entries.get(digestOf(cookie))
    if (entry === undefined) return undefined
    if (entry.until <= this.#clock.now()) {
      this.#remove(entry)
      return undefined
    }
    this.#entries.delete(entry.sum)
    this.#entries.set(entry.sum, entry)
    return entry
  }

  /** A cookie stands for this login from now on. */
  remember(cookie: string, login: RememberedLogin): void {
    this.forget(cookie)
    this.#add({ ...login, sum: digestOf(cookie), until: this.#clock.now() + this.#ageMs })
  }

  /** Makes a cookie void; returns whether it stood for a login. */
  forget(cookie: string): boolean {
    const entry = this.#entries.get(digestOf(cookie))
    if (entry !== undefined) this.#remove(entry)
    return entry !== undefined
  }

  /** Makes all cookies of a user void; returns how many. */
  forgetUser(authid: string): number {
    const sums = [...(this.#ofUser.get(authid) ?? [])]
    for (const sum of sums) this.#removeSum(sum)
    return sums.length
  }

  /** Makes the cookies of users void that are no longer configured. */
  keepUsers(isThere: (authid: string) => boolean): void {
    for (const entry of this.#entries.values()) if (entry.provider === 'static' && !isThere(entry.authid)) this.#remove(entry)
  }

  /** Drops expired logins. */
  purge(): void {
    const now = this.#clock.now()
    for (const entry of this.#entries.values()) if (entry.until <= now) this.#remove(entry)
  }

  /** Resolves when the file holds the present state; rejects when it cannot be written. */
  save(): Promise<void> {
    const saved = this.#lastSaved.then(() => this.#saveChanges())
    // The next save tries again; the caller of this one gets the error.
    this.#lastSaved = saved.catch(() => undefined)
    return saved
  }

  /** Whether the file is out of date. */
  get isChanged(): boolean {
    return this.#file !== undefined && this.#isChanged
  }

  async #saveChanges(): Promise<void> {
    if (this.#file === undefined || !this.#isChanged) return
    this.#isChanged = false
    try {
      await this.#file.write(this.#entries.values())
    } catch (error) {
      this.#isChanged = true
      throw error
    }
  }

  #add(entry: Entry): void {
    const { authid, sum } = entry
    const own = this.#ofUser.get(authid) ?? new Set()
    this.#ofUser.set(authid, own.add(sum))
    this.#entries.set(sum, entry)
    this.#isChanged = true
    const [oldest] = own
    if (own.size > MOST_OF_USER && oldest !== undefined) this.#removeSum(oldest)
    this.#fit()
  }

  #fit(): void {
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= this.#most) return
      this.#remove(entry)
    }
  }

  #removeSum(sum: string): void {
    const entry = this.#entries.get(sum)
    if (entry !== undefined) this.#remove(entry)
  }

  #remove({ sum, authid }: Entry): void {
    const own = this.#ofUser.get(authid)
    own?.delete(sum)
    if (own?.size === 0) this.#ofUser.delete(authid)
    this.#entries.delete(sum)
    this.#isChanged = true
  }
}

function digestOf(cookie: string): string {
  return sha256(cookie).toString('hex')
}

/** Whether a value of the file is a valid entry. */
function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const { authid, role, realm, provider, method, proof, sum, until } = value as Readonly<Record<string, unknown>>
  const texts = [authid, role, method, proof, sum, realm ?? '']
  return texts.every((text) => typeof text === 'string') && typeof until === 'number' && (provider === 'static' || provider === 'dynamic')
}
