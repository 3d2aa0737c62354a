// Converts the cookies of a WebSocket transport of Crossbar.io to cookies that realms issue.

import type { Notes, Place } from '../notes.ts'
import type { Part } from './part.ts'
import type { Folders } from './references.ts'
import type { WrittenRealms } from './realms.ts'

const SAME_SITE = ['strict', 'lax', 'none']
const LEAST_AGE = 60
const MOST_AGE = 400 * 86_400

/** Further settings of the transport. */
interface CookieTransport {
  /** Whether clients may log in by the cookie. */
  readonly isLogin: boolean
  /** The origins that it names one by one. */
  readonly origins: readonly string[]
  readonly port: unknown
}

/** The parts of the new file that cookies add to. */
interface CookieImport {
  readonly realms: WrittenRealms
  readonly folders: Folders
  readonly notes: Notes
}

/** Adds cookies to the realms that have users. */
export function importCookie(cookie: Part, transport: CookieTransport, { realms, folders, notes }: CookieImport): void {
  const users = Object.entries(realms).filter(
    ([, { users: known, dynamicAuthenticators }]) => (known ?? dynamicAuthenticators) !== undefined,
  )
  const names = (users.length > 0 ? users : Object.entries(realms)).map(([name]) => name)
  if (!transport.isLogin) return cookie.note(['listeners'], '', 'not carried over; cookies are issued only to log in by them')
  const name = cookie.text('name') ?? 'cbtid'
  const issued = issuedOf(cookie, folders, names[0] ?? '')
  for (const realm of names) {
    const place = ['realms', realm, 'cookie']
    const written = realms[realm]
    if (written === undefined) continue
    if (written.cookie !== undefined) return cookie.note(place, '', 'not carried over; the realm issues a cookie already')
    // A cookie belongs to a login in one realm, so each realm has a file of its own.
    const [own, file] =
      names.length === 1 ? [name, issued['file']] : [`${name}-${realm}`, issued['file'] && `${String(issued['file'])}-${realm}`]
    const origins =
      transport.origins.length > 0 ? transport.origins : [`http://localhost:${typeof transport.port === 'number' ? transport.port : 8080}`]
    written.cookie = { name: own, origins, issued: { ...issued, ...(file === undefined ? {} : { file }) } }
    if (transport.origins.length === 0)
      notes.add([...place, 'origins'], 'name the pages that may log in by the cookie; Crossbar.io admits all pages')
  }
  cookie.finish(['realms', names[0] ?? '', 'cookie'])
}

function issuedOf(cookie: Part, folders: Folders, realm: string): Record<string, unknown> {
  const place: Place = ['realms', realm, 'cookie', 'issued']
  // Trunkline's cookies always have 256 bits and HttpOnly, and Secure over TLS.
  cookie.skip('length', 'secure', 'http_strict')
  const age = cookie.number('max_age')
  const sameSite = SAME_SITE.find((word) => word === cookie.text('same_site')?.toLowerCase())
  const store = cookie.part('store')
  const path = store?.text('filename') ?? store?.text('path')
  store?.skip('type', 'purge_on_startup')
  store?.finish(place)
  if (path !== undefined) store?.note(place, '', 'a new file beside the old one; users with a cookie of the old one have to log in again')
  return {
    ...(age === undefined ? {} : { age: `${Math.min(Math.max(age, LEAST_AGE), MOST_AGE)}s` }),
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(path === undefined ? {} : { file: `${folders.path(path)}.trunkline` }),
  }
}
